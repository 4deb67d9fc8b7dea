"""People and Things to look at, made through the same editing path as everything else."""

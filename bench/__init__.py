"""Benches: `python -m bench.<name>`, from the top of the checkout. They use the Python SDK as it lies there."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients" / "python"))

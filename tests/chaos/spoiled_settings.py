"""The settings, and then what a test wrote into a file: how new code is loaded that is broken, or hangs."""

import os
from pathlib import Path

from widgetapp.settings import *  # noqa: F403

exec(Path(os.environ["SPOILED_BY"]).read_text())

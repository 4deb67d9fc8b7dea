import os
import re
import time
from pathlib import Path
from typing import Any

from streaming.context import RequestContext
from streaming.service import SharedState
from tests.servers import ROOT
from tests.waiting import LOOK_SECONDS

ARTICLE = (ROOT / "docs" / "streaming-api.md").read_text()
# As it stands in the article; it registers itself.
DICE = next(text for text in re.findall(r"^```python\n(.*?)^```$", ARTICLE, re.M | re.S) if "class Dice" in text)


class Open(SharedState):
    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def rights(self, context: RequestContext, topic: str) -> Any:
        return True

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return data


class Broken(Open):
    """Fails when it is asked for rights."""

    name = "broken"

    def may_read(self, context: RequestContext, topic: str) -> bool:
        raise RuntimeError("broken on purpose")


class Silent(Open):
    """Does not answer until the file is there that `SILENT_UNTIL` names."""

    name = "silent"

    def may_read(self, context: RequestContext, topic: str) -> bool:
        while not Path(os.environ["SILENT_UNTIL"]).exists():
            time.sleep(LOOK_SECONDS)
        return True


class Clumsy(Open):
    """Fails at some messages."""

    name = "clumsy"

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return {"inverse": 1 / data["number"]}

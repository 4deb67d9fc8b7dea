"""Both clients have one version, which their changelog begins with."""

import json
import re
import tomllib

from tests.servers import ROOT


def test_one_version_for_both_clients() -> None:
    python = tomllib.loads((ROOT / "clients/python/pyproject.toml").read_text())["project"]["version"]
    javascript = json.loads((ROOT / "clients/javascript/package.json").read_text())["version"]
    newest = re.search(r"^## (\S+)", (ROOT / "clients/CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert python == javascript == newest[1]

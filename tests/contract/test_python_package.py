"""The Python client as a package: what a registry and a stranger's machine need of it."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.servers import ROOT

SOURCE = ROOT / "clients/python"
PACKAGE = SOURCE / "widgetapp_stream"


def test_the_metadata_is_complete() -> None:
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
    wanted = {"name", "version", "description", "readme", "requires-python", "license", "license-files", "classifiers"}
    assert wanted <= project.keys()
    assert [word.split(">")[0] for word in project["dependencies"]] == ["websockets"]
    assert list(project["optional-dependencies"]) == ["replica"]
    assert (SOURCE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.process
def test_the_wheel_holds_all_of_it(tmp_path: Path) -> None:
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("setuptools is not installed")
    source = shutil.copytree(SOURCE, tmp_path / "source")  # a build leaves things beside the source
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    subprocess.run([*command, "-w", str(tmp_path), str(source)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    modules = {f"widgetapp_stream/{path.name}" for path in PACKAGE.iterdir() if path.suffix in (".py", ".typed")}
    assert modules <= names
    assert "widgetapp_stream/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)
    for line in ("License-Expression: MIT", "Requires-Python: >=3.11", "Requires-Dist: websockets<18,>=15"):
        assert line in metadata.splitlines()


@pytest.mark.process
def test_it_needs_nothing_but_websockets() -> None:
    """Every module is imported where every other package is out of reach."""
    code = """
import importlib, pkgutil, sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {"websockets", "widgetapp_stream"}:
            raise ModuleNotFoundError(f"out of reach: {name}", name=name)

sys.meta_path.insert(0, Nothing())
import widgetapp_stream
for module in pkgutil.iter_modules(widgetapp_stream.__path__):
    importlib.import_module(f"widgetapp_stream.{module.name}")
for name in widgetapp_stream.__all__:
    getattr(widgetapp_stream, name)
replica = widgetapp_stream.Replica("id", "k3x9", 1, {}, [{"id": "w", "place": {"parent": None}}])
try:
    replica.digest()
except ModuleNotFoundError as error:
    print(error)
"""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "error"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert "pip install widgetapp-stream[replica]" in told.stdout

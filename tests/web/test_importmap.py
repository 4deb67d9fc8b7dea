"""The import map: plain names in development, every module under its hashed name in production."""

import json
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, Template
from django.test import RequestFactory

from widgetapp.site.templatetags.modules import SDK, imports


def drawn(context: dict[str, Any]) -> str:
    return Template("{% load modules %}{% importmap %}").render(Context(context))


def test_the_sdk_has_its_bare_name() -> None:
    assert imports()[SDK].startswith("/static/clients/javascript/")


def test_it_carries_the_nonce_of_the_page() -> None:
    request = RequestFactory().get("/")
    request.csp_nonce = "abc"  # type: ignore[attr-defined]
    assert drawn({"request": request}).startswith('<script type="importmap" nonce="abc">{')


def test_hashed_modules_are_found_by_their_plain_url(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = {
        "things/editor/index.js": "things/editor/index.0a1b.js",
        "site/look.css": "site/look.2c3d.css",
        "admin/js/core.js": "admin/js/core.4e5f.js",
    }
    monkeypatch.setattr(staticfiles_storage, "hashed_files", hashed, raising=False)
    map_ = imports()
    assert map_["/static/things/editor/index.js"].startswith("/static/things/editor/index.")
    assert set(map_) == {SDK, "/static/things/editor/index.js"}


def test_nothing_in_it_ends_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgetapp.site.templatetags.modules.imports", lambda: {"</script><b>": "&"})
    text = drawn({}).removeprefix('<script type="importmap" nonce="">').removesuffix("</script>")
    assert "<" not in text
    assert json.loads(text) == {"imports": {"</script><b>": "&"}}

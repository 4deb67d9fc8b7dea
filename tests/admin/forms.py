"""Admin forms as a browser fills and sends them."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class Form(HTMLParser):
    """The fields of the main form of a page, as they would be sent if nothing was touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = (given.get("id") or "").endswith("_form")
        if not self._inside or "disabled" in given:
            return
        name = given.get("name") or ""
        if tag == "input" and name and self._is_sent(given):
            self._add(name, given["value"] or "" if "value" in given else self._default(given))
        elif tag == "textarea":
            self._area = name
            self._add(name, "")
        elif tag == "select":
            self._select = (name, "multiple" in given)
        elif tag == "option" and self._select and "selected" in given:
            self._add(self._select[0], given.get("value") or "")

    @staticmethod
    def _is_sent(given: dict[str, str | None]) -> bool:
        sort = given.get("type")
        return sort not in ("submit", "button", "file") and (sort not in ("checkbox", "radio") or "checked" in given)

    @staticmethod
    def _default(given: dict[str, str | None]) -> str:
        return "on" if given.get("type") in ("checkbox", "radio") else ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # A browser drops the first line break of a text area and sends the others as CRLF.
            words = self.fields[self._area][-1].replace("\r\n", "\n")
            self.fields[self._area][-1] = words.removeprefix("\n").replace("\n", "\r\n")
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._inside = False

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def opened(desk: Client, path: str) -> dict[str, Any]:
    """What the form of a page sends when nothing is touched."""
    page = desk.get(path)
    assert page.status_code == 200, path
    fields = Form(page.content.decode()).fields
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}

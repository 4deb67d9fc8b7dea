"""The import map: the one inline script of a page, admitted by its nonce.

Modules import each other by relative path. Where file names carry a hash, the map sends each plain
URL to its hashed one, so that every module is cached for ever and none is loaded twice.
"""

import json
from collections.abc import Iterator
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SDK = "widgetapp-stream"
SDK_MODULE = "clients/javascript/index.js"
FOLDERS = ("site/", "things/", "streaming/", "clients/javascript/")
# Characters that could end the script element.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def modules() -> Iterator[tuple[str, str]]:
    """Every hashed module as (plain URL, hashed URL); nothing where names are not hashed."""
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    for plain in sorted(hashed):
        if plain.endswith(".js") and plain.startswith(FOLDERS):
            yield f"{settings.STATIC_URL}{plain}", static(plain)


def imports() -> dict[str, str]:
    return {SDK: static(SDK_MODULE), **dict(modules())}


@register.simple_tag(takes_context=True)
def importmap(context: dict[str, Any]) -> SafeString:
    """`<script type="importmap">`; must stand before the first module."""
    text = json.dumps({"imports": imports()}).translate(ESCAPES)
    nonce = getattr(context.get("request"), "csp_nonce", "")
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, mark_safe(text))  # noqa: S308 — escaped above

"""The small repeated pieces of the look: an icon of the sprite, a person's avatar, a time in words."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@register.simple_tag
def icon(name: str, css_class: str = "i") -> SafeString:
    """A symbol of the sprite, hidden from readers: what it means stands beside it in words."""
    sprite = static("site/icons/sprite.svg")
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css_class, sprite, name)


def initials(name: str) -> str:
    """Two letters: of the first and the last word."""
    words = name.split() or ["?"]
    return "".join(word[0] for word in dict.fromkeys([words[0], words[-1]])).upper()


@register.simple_tag
def avatar(user: Any, size: str = "") -> SafeString:
    """A person as a disc in their colour; `size` is "", "sm" or "lg"."""
    css_class = f"av p{user.color}" + (f" av--{size}" if size else "")
    return format_html(
        '<span class="{}" role="img" aria-label="{}" title="{}" data-initials="{}"></span>',
        css_class,
        user,
        user,
        initials(str(user)),
    )


@register.filter
def ago(moment: datetime) -> str:
    """Words under a day, then a weekday within the week, then a date."""
    age = timezone.now() - moment
    if age < MINUTE:
        return _("just now")
    if age < HOUR:
        return _("%(n)d min ago") % {"n": age // MINUTE}
    if age < DAY:
        return _("%(n)d h ago") % {"n": age // HOUR}
    if age < 2 * DAY:
        return _("yesterday")
    if age < 7 * DAY:
        return date_format(moment, "D")
    return date_format(moment, "j M" if moment.year == timezone.now().year else "j M Y")

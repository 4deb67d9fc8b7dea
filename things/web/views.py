"""The pages of Things: the gallery, the editor, a thumbnail, and the few forms the gallery has."""

import re
from typing import Any, cast
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from things import editing
from things.actions.canvas import TITLE
from things.errors import ThingsError
from things.kinds import kinds_as_json
from things.models import Role, Thing, Via
from things.people.permissions import role_of, standing_of, visible_to
from things.people.sharing import shown_members
from things.reading import pictures
from things.transactions import snapshot
from things.web import gallery


def person(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def visible(request: HttpRequest, pk: UUID) -> Thing:
    """Not visible is not found, whoever asks."""
    return get_object_or_404(visible_to(person(request)).select_related("owner"), pk=pk)


@require_GET
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """`?show=` picks a filter, `?search=` a title, `?after=` a page; `?part=cards` gives the cards alone."""
    user = cast(User, request.user)
    show = request.GET.get("show", "all")
    if show not in gallery.FILTERS:
        raise Http404
    search = request.GET.get("search", "").replace("\x00", "").strip()[: TITLE.limit]
    page = gallery.page(gallery.lists(user, show, search), request.GET.get("after", ""))
    context: dict[str, Any] = {"page": page, "show": show, "search": search, "next": next_page(request, page)}
    if request.GET.get("part") == "cards":
        return render(request, "gallery/part.html", context)
    counts = gallery.counts(user)
    context |= {"shelf": gallery.shelf(user), "counts": counts, "counted": gallery.COUNTED}
    fresh = not counts["all"] and not search and show == "all"
    return render(request, "gallery/empty.html" if fresh else "gallery/index.html", context)


def next_page(request: HttpRequest, page: gallery.Page) -> str:
    """The link under the cards; empty on the last page."""
    if not page.after:
        return ""
    query = request.GET.copy()
    query["after"] = page.after
    query.pop("part", None)
    return f"?{query.urlencode()}"


@require_GET
def editor(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A shell with a picture, readable without scripts; the modules fetch the state that they start from.

    `?revision=N` shows the past, to look at.
    """
    with snapshot():
        thing = visible(request, pk)
        past = past_revision(request, thing)
        svg = pictures.page(thing, thing.revision if past is None else past)
    starts = boot(request, thing, past)
    context = {
        "thing": thing,
        "role": starts["role"],
        "past": past,
        "svg": mark_safe(svg),  # noqa: S308 — drawing escapes all it is given
        "boot": starts,
    }
    return render(request, "editor/index.html", context)


@require_GET
def state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the editor starts from, of now or of `?revision=N`."""

    def find() -> tuple[Thing, int]:
        thing = visible(request, pk)
        past = past_revision(request, thing)
        return thing, thing.revision if past is None else past

    return pictures.state_answer(request, find)


def past_revision(request: HttpRequest, thing: Thing) -> int | None:
    """The revision asked for, or None for the present."""
    asked = request.GET.get("revision", "")
    if not asked:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", asked) or int(asked) > thing.revision:
        raise Http404
    return int(asked) if int(asked) < thing.revision else None


def boot(request: HttpRequest, thing: Thing, past: int | None = None) -> dict[str, Any]:
    """What the editor's modules know beside the state."""
    user = person(request)
    address = reverse("things:state", args=[thing.pk])
    return {
        "thing": {"id": str(thing.pk)},
        "state": address if past is None else f"{address}?revision={past}",
        "me": {"id": str(user.pk), "name": user.name, "color": user.color} if user else None,
        "role": Role.VIEWER if past is not None else role_of(user, thing),
        "past": past is not None,
        "colors": colors_of(thing, user),
        "kinds": kinds_as_json(),
        "stream": "/_stream",
        "api": "/api/",
        "csrf": get_token(request),
        "metrics": static("things/font-metrics.json"),
    }


def colors_of(thing: Thing, user: User | None) -> dict[str, int]:
    """The colour of everybody who may have left a trace, by id; strangers do not learn who is in it, and nobody learns
    whose address was invited.
    """
    people = User.objects.filter(pk=thing.owner_id)
    if standing_of(user, thing) is not None:
        people |= User.objects.filter(pk__in=shown_members(thing).order_by().values("user"))
    return {str(pk): color for pk, color in people.values_list("pk", "color")}


@require_GET
@csp_replace({"default-src": ["'none'"], "sandbox": True})  # type: ignore[arg-type]  # its stub forgets view arguments
def thumbnail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The Thing as a card shows it."""
    return pictures.card_answer(request, lambda: visible(request, pk))


@require_POST
@login_required
def create(request: HttpRequest) -> HttpResponse:
    """An empty Thing, or a copy of the template named in the form; opens it."""
    template = request.POST.get("template", "")
    if template:
        return start_from(request, visible(request, _uuid(template)), None)
    return made(request, {"title": _("Untitled")})


@require_POST
@login_required
def duplicate(request: HttpRequest, pk: UUID) -> HttpResponse:
    original = visible(request, pk)
    return start_from(request, original, _("Copy of %(title)s") % {"title": original})


def start_from(request: HttpRequest, original: Thing, title: str | None) -> HttpResponse:
    """A new Thing with the content of one the person can see; history and members stay with the original."""
    return made(request, {"title": (title or original.title)[:200], "template": str(original.pk)})


def made(request: HttpRequest, wish: dict[str, Any]) -> HttpResponse:
    """Opens the new Thing, or says in the gallery why there is none."""
    try:
        thing = editing.create(cast(User, request.user), wish, via=Via.EDITOR)
    except ThingsError as error:
        messages.error(request, error.detail)
        return redirect("things:gallery")
    return redirect("things:editor", pk=thing.pk)


@require_POST
@login_required
def trash(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Moves a Thing to the trash, or takes it out again with `restore`."""
    thing, into = visible(request, pk), "restore" not in request.POST
    action = {"type": "set_thing", "set": {"trashed": into}}
    try:
        editing.perform(thing.pk, cast(User, request.user), {"actions": [action]}, via=Via.EDITOR)
    except ThingsError as error:
        messages.error(request, error.detail)
    else:
        said = _("“%(title)s” is in the trash.") if into else _("“%(title)s” is back.")
        messages.success(request, said % {"title": thing})
    return redirect("things:gallery")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None

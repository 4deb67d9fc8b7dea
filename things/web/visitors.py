"""One click into the demo: a visitor becomes a person who may edit the demo's Things."""

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.visitors import make_visitor
from things.demo.collection import PEOPLE
from things.models import Membership, Role, Thing
from things.permissions import visible_to

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Opens what was asked for, else the newest Thing of the demo."""
    if not settings.DEMO:
        raise Http404
    if not isinstance(request.user, User):
        with transaction.atomic():
            visitor = make_visitor()
            open_demo(visitor)
        login(request, visitor, backend=BACKEND)
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    assert isinstance(request.user, User)
    first = visible_to(request.user).filter(trashed_at=None, is_template=False).order_by("-changed_at").first()
    return redirect("things:editor", pk=first.pk) if first else redirect("things:gallery")


def open_demo(visitor: User) -> None:
    """Editor of everything that belongs to the people of the demo, templates aside."""
    owners = [person.email for person in PEOPLE]
    things = Thing.objects.filter(owner__email__in=owners, is_template=False, trashed_at=None)
    Membership.objects.bulk_create(Membership(thing=thing, user=visitor, role=Role.EDITOR) for thing in things)

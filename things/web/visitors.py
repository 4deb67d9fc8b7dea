"""One click into the demo: a visitor becomes a person who may edit what the demo made (`things.people.permissions`)."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.backends import address_of
from accounts.doors import Door, throttle
from accounts.models import User
from accounts.visitors import make_visitor
from things.people.permissions import OPEN_TO_VISITORS, visible_to


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Opens what was asked for, else the newest Thing of the demo."""
    if not settings.DEMO:
        raise Http404
    if not isinstance(request.user, User):
        throttle(Door.DEMO, None, address_of(request))
        login(request, make_visitor())
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    if safe and wanted.startswith("/"):
        return HttpResponseRedirect(wanted)
    assert isinstance(request.user, User)
    first = visible_to(request.user).filter(OPEN_TO_VISITORS).order_by("-changed_at").first()
    return redirect("things:editor", pk=first.pk) if first else redirect("things:gallery")

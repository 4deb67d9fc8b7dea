"""The staff page of live connections (O): who, from where, which topics, how far behind; and the way to cut one."""

import re

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from streaming.fanout.publisher import publish_access
from streaming.services.monitor import CUT_PERMISSION, VIEW_PERMISSION

ID = re.compile(r"[0-9a-z-]{8,64}\Z")


@require_safe
@staff_member_required
@permission_required(VIEW_PERMISSION, raise_exception=True)
def connections(request: HttpRequest) -> TemplateResponse:
    """Filled by the stream itself, service `monitor`."""
    context = {**admin.site.each_context(request), "title": "Live connections"}
    return TemplateResponse(request, "admin/connections.html", context)


@require_POST
@staff_member_required
@permission_required(CUT_PERMISSION, raise_exception=True)
def cut(request: HttpRequest) -> HttpResponse:
    """`id`: a connection, or a user for all of theirs. Every worker is told; 204 whether it was still there or not."""
    wanted = request.POST.get("id", "")
    if not ID.match(wanted):
        return HttpResponseBadRequest("expected the id of a connection or a user")
    publish_access(cut=[wanted])
    return HttpResponse(status=204)

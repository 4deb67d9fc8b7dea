"""The pages for people who write programs: a start, and one page for every error and close code."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from widgetapp.site.error_codes import CLOSES, ENTRIES, PROBLEMS, STREAM_ERRORS


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    secure = request.is_secure()
    context = {
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "stream": f"{'wss' if secure else 'ws'}://{request.get_host()}/_stream",
    }
    return render(request, "developers/index.html", context)


@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    groups = {"problems": PROBLEMS, "stream_errors": STREAM_ERRORS, "closes": CLOSES}
    return render(request, "developers/errors.html", groups)


@require_GET
def error(request: HttpRequest, code: str) -> HttpResponse:
    """`code` is a problem's `code`, a stream error's, or a close code."""
    entries = [entry for entry in ENTRIES if code in entry.codes]
    if not entries:
        raise Http404
    return render(request, "developers/error.html", {"code": code, "entries": entries})

"""The browsable API: DRF's own pages in our look, each form filled with a request that works as it stands."""

import json
from typing import Any

from django import forms
from django.http import Http404
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request

ANYTHING = "*/*"


class Negotiation(DefaultContentNegotiation):
    """A `?format=` that there is not is refused as an `Accept` would be: the path is there."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """What most programs say needs no weighing: the first renderer is JSON's."""
        plain = request.META.get("HTTP_ACCEPT", ANYTHING) in (ANYTHING, renderers[0].media_type)
        if plain and format_suffix is None and not request._request.META.get("QUERY_STRING"):
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            raise exceptions.NotAcceptable from None


class ExampleRenderer(BrowsableAPIRenderer):
    """A view says what to try in `example(request, method)`: JSON, or None for an empty form."""

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Request) -> forms.Form | None:
        form: forms.Form | None = super().get_raw_data_form(data, view, method, request)
        example = view.example(request, method) if form is not None and hasattr(view, "example") else None
        if form is not None and example is not None:
            form.fields["_content"].initial = json.dumps(example, indent=2, ensure_ascii=False)
        return form

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """Only JSON is taken, so the raw form is the form; DELETE and OPTIONS are buttons."""
        return super().get_rendered_html_form(data, view, method, request) if method in ("DELETE", "OPTIONS") else None

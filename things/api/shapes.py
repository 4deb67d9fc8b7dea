"""The shapes of requests and answers, for the OpenAPI document. Validation is the editing path's."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from things.models import Role, Visibility
from things.pages import NEWEST, ORDERINGS


class ProblemField(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemField(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


GIVEN_ROLES = [role for role in Role.choices if role[0] != Role.OWNER]


def _problems(*statuses: int) -> dict[Any, Any]:
    return {(status, "application/problem+json"): OpenApiResponse(Problem) for status in statuses}


READ_PROBLEMS = _problems(401, 404, 406, 409, 422)
WRITE_PROBLEMS = _problems(400, 401, 403, 404, 406, 409, 413, 415, 422, 429)
OWN_PROBLEMS = _problems(400, 401, 403, 404, 406, 413, 415, 422)


class Person(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ThingSummary(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    owner = Person()
    revision = serializers.IntegerField()
    epoch = serializers.CharField()
    digest = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    canvas = serializers.DictField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    tags = serializers.ListField(child=serializers.CharField())
    template = serializers.BooleanField()
    trashed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class Thing(ThingSummary):
    widgets = serializers.ListField(child=serializers.DictField())


class Things(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ThingSummary(many=True)


class NewThing(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, allow_blank=True)
    id = serializers.UUIDField(required=False)
    canvas = serializers.DictField(required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    template = serializers.UUIDField(required=False)


class ThingPatch(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    trashed = serializers.BooleanField(required=False)
    template = serializers.BooleanField(required=False)


class ActionRequest(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, max_length=64)
    group = serializers.CharField(required=False, max_length=64)
    actions = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=500)


class ActionLinks(serializers.Serializer[Any]):
    actions = serializers.DictField(child=serializers.URLField())


class Performed(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    id = serializers.CharField()
    effects = serializers.ListField(child=serializers.DictField())
    skipped = serializers.ListField(child=serializers.DictField())
    ids = serializers.DictField(child=serializers.CharField(), required=False)


class CatalogueEntry(serializers.Serializer[Any]):
    type = serializers.CharField()
    family = serializers.CharField()
    description = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    conflict = serializers.CharField()
    schema = serializers.DictField()
    example = serializers.DictField()


class Catalogue(serializers.Serializer[Any]):
    results = CatalogueEntry(many=True)


class KindField(serializers.Serializer[Any]):
    schema = serializers.DictField()
    default = serializers.JSONField()


class Kind(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    text = serializers.BooleanField()
    container = serializers.BooleanField()
    fields = serializers.DictField(child=KindField())  # type: ignore[assignment]


class Kinds(serializers.Serializer[Any]):
    results = Kind(many=True)


class Actor(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[("user", "user"), ("system", "system")])


class ChangeEntry(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    id = serializers.CharField()
    actor = Actor()
    via = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField())
    actions = serializers.ListField(child=serializers.DictField())
    effects = serializers.ListField(child=serializers.DictField())
    undoes = serializers.ListField(child=serializers.IntegerField())
    group = serializers.CharField(allow_null=True)
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class Changes(serializers.Serializer[Any]):
    results = ChangeEntry(many=True)
    next = serializers.URLField(allow_null=True)


class Digest(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    epoch = serializers.CharField()
    digest = serializers.CharField()


class MemberPerson(Person):
    color = serializers.IntegerField(min_value=1, max_value=8)


class Member(serializers.Serializer[Any]):
    user = MemberPerson()
    role = serializers.ChoiceField(choices=Role.choices)


class Members(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Member(many=True)


class NewMember(serializers.Serializer[Any]):
    user = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    role = serializers.ChoiceField(choices=GIVEN_ROLES)


class InboxThing(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)


class InboxEntry(serializers.Serializer[Any]):
    offset = serializers.IntegerField()
    kind = serializers.CharField()
    thing = InboxThing()
    actor = Person(allow_null=True)
    role = serializers.CharField(required=False)
    read = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class InboxState(serializers.Serializer[Any]):
    unread = serializers.IntegerField()


class InboxPage(InboxState):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InboxEntry(many=True)


class ReadThrough(serializers.Serializer[Any]):
    through = serializers.IntegerField(min_value=0)


AnyObject = OpenApiTypes.OBJECT
LIST_PARAMETERS = [
    OpenApiParameter("ordering", str, enum=ORDERINGS, default=NEWEST, description="What comes first."),
    OpenApiParameter("limit", int, description="Things a page; more than 200 is 200. 50 by default."),
    OpenApiParameter("cursor", str, description="Of `next` or `previous`."),
]
REVISION = OpenApiParameter("revision", int, description="The Thing as it was at this revision.")
SINCE = OpenApiParameter("since", int, description="Changes after this revision; 0 is the beginning.")
BEFORE = OpenApiParameter("before", int, description="Entries older than this offset.")
LIMIT = OpenApiParameter("limit", int, description="At most 1,000; 100 by default.")

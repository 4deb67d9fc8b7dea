"""The shapes of requests and answers, for the OpenAPI document. Validation is the editing path's."""

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from things.actions.canvas import TAG, TITLE
from things.api.lists import MAX_PAGE
from things.asked import MAX_ACTIONS, MAX_ID
from things.models import Role, Visibility
from things.pages import MAX_CURSOR, NEWEST, ORDERINGS


def part(name: str) -> Any:
    """A field whose schema stands among the components (widgetapp/openapi/components.py)."""
    field = type(name, (serializers.JSONField,), {})
    return extend_schema_field({"$ref": f"#/components/schemas/{name}"})(field)


Action, Canvas, Code, Effect, Skipped, Widget = map(part, ("Action", "Canvas", "Code", "Effect", "Skipped", "Widget"))


class ProblemField(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    code = Code()
    errors = ProblemField(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


GIVEN_ROLES = [role for role in Role.choices if role[0] != Role.OWNER]


CONFLICT = {409: OpenApiResponse(Problem, "As the Thing stands, this cannot be.")}
UNCHANGED = {304: OpenApiResponse(description="You have it already.")}


class Person(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ThingSummary(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    owner = Person()
    revision = serializers.IntegerField(min_value=0)
    epoch = serializers.CharField()
    digest = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    canvas = Canvas()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    tags = serializers.ListField(child=serializers.CharField())
    template = serializers.BooleanField()
    trashed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class Thing(ThingSummary):
    widgets = serializers.ListField(child=Widget())


class Things(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ThingSummary(many=True)


class NewThing(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, allow_blank=True, max_length=TITLE.limit)
    id = serializers.UUIDField(required=False)
    canvas = Canvas(required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    template = serializers.UUIDField(required=False)


class ThingPatch(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, allow_blank=True, max_length=TITLE.limit)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=TAG.limit), max_length=20, required=False)
    trashed = serializers.BooleanField(required=False)
    template = serializers.BooleanField(required=False)


class Several(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, max_length=MAX_ID)
    group = serializers.CharField(required=False, max_length=MAX_ID)
    actions = serializers.ListField(child=Action(), min_length=1, max_length=MAX_ACTIONS)


class ActionLinks(serializers.Serializer[Any]):
    actions = serializers.DictField(child=serializers.URLField())


class Performed(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=0)
    id = serializers.CharField()
    effects = serializers.ListField(child=Effect())
    skipped = serializers.ListField(child=Skipped())
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
    revision = serializers.IntegerField(min_value=0)
    id = serializers.CharField()
    actor = Actor()
    via = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField())
    actions = serializers.ListField(child=serializers.DictField())
    effects = serializers.ListField(child=Effect())
    undoes = serializers.ListField(child=serializers.IntegerField(min_value=1))
    group = serializers.CharField(allow_null=True)
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class Changes(serializers.Serializer[Any]):
    results = ChangeEntry(many=True)
    next = serializers.URLField(allow_null=True)


class Digest(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=0)
    epoch = serializers.CharField()
    digest = serializers.CharField()


class MemberPerson(Person):
    color = serializers.IntegerField(min_value=1, max_value=8)


class Member(serializers.Serializer[Any]):
    user = MemberPerson()
    role = serializers.ChoiceField(choices=Role.choices)


class Invited(serializers.Serializer[Any]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=GIVEN_ROLES)
    status = serializers.ChoiceField(choices=[("invited", "invited")])


class Listed(serializers.Serializer[Any]):
    """`user`, or for the owner `id`, `email` and `status` of who was invited and has not shown themselves."""

    user = MemberPerson(required=False)
    role = serializers.ChoiceField(choices=Role.choices)
    id = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    status = serializers.ChoiceField(choices=[("invited", "invited")], required=False)


class Members(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Listed(many=True)


# By `user` the person comes back, by `email` what was sent.
GivenMember = PolymorphicProxySerializer("GivenMember", [Member, Invited], resource_type_field_name=None)


class NewMember(serializers.Serializer[Any]):
    user = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    role = serializers.ChoiceField(choices=GIVEN_ROLES)


class InboxThing(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)


class InboxEntry(serializers.Serializer[Any]):
    offset = serializers.IntegerField(min_value=1)
    kind = serializers.CharField()
    thing = InboxThing()
    actor = Person(allow_null=True)
    role = serializers.CharField(required=False)
    read = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class InboxState(serializers.Serializer[Any]):
    unread = serializers.IntegerField(min_value=0)


class InboxPage(InboxState):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InboxEntry(many=True)


class ReadThrough(serializers.Serializer[Any]):
    through = serializers.IntegerField(min_value=0)


AnyObject = OpenApiTypes.OBJECT
FROM_ZERO = {"type": "integer", "minimum": 0}
FROM_ONE = {"type": "integer", "minimum": 1}
REVISION = OpenApiParameter("revision", FROM_ZERO, description="The Thing as it was at this revision.")
SINCE = OpenApiParameter("since", FROM_ZERO, description="Changes after this revision; 0 is the beginning.")
BEFORE = OpenApiParameter("before", FROM_ZERO, description="Entries older than this offset.")
LIMIT = OpenApiParameter(
    "limit", FROM_ONE, description=f"100 by default; more than {settings.ANSWER_ROWS:,} is {settings.ANSWER_ROWS:,}."
)


def words(name: str, most: int, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", "maxLength": most}, description=description)


def flag(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, bool, description=description)


LIST_PARAMETERS = [
    words("search", TITLE.limit, "Part of the title."),
    words("tag", TAG.limit, "Things with this tag."),
    flag("mine", "Whether they are yours."),
    flag("shared", "Whether somebody shared them with you."),
    flag("template", "Whether they are templates."),
    flag("trashed", "Whether they are in the trash; what is, is left out otherwise."),
    OpenApiParameter("visibility", str, enum=Visibility.values, description="Who may see them."),
    OpenApiParameter("ordering", str, enum=ORDERINGS, default=NEWEST, description="What comes first."),
    OpenApiParameter("limit", FROM_ONE, description=f"Things a page: 50; more than {MAX_PAGE} is {MAX_PAGE}."),
    words("cursor", MAX_CURSOR, "Of `next` or `previous`."),
]


def header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """Of answers."""
    codes = [str(status) for status in statuses]
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=codes, description=description)


def position(*statuses: int) -> OpenApiParameter:
    return header("Stream-Position", "`topic; epoch=…; offset=…`: from here the stream goes on.", *statuses)


def etag(*statuses: int) -> OpenApiParameter:
    return header("ETag", "Of the state that you were shown.", *statuses)


LOCATION = header("Location", "Where it is.", 201)
KNOWN = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="ETags that you have, weak or strong, or `*`."
)
CONDITIONAL = [KNOWN, etag(200, 304), position(200, 304)]

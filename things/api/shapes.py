"""The shapes of requests and answers, for the OpenAPI document. Validation is the editing path's."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from things.actions.canvas import TAG, TITLE
from things.editing.request import MAX_ACTIONS, MAX_ID
from things.models import Role, Visibility


def part(name: str) -> type[serializers.JSONField]:
    """A field whose schema stands among the components (widgetapp/openapi/components.py)."""
    field = type(name, (serializers.JSONField,), {})
    return extend_schema_field({"$ref": f"#/components/schemas/{name}"})(field)


Action, Canvas, Code, Effect, Skipped, Widget = map(part, ("Action", "Canvas", "Code", "Effect", "Skipped", "Widget"))


class ProblemField(serializers.Serializer[None]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[None]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    code = Code()
    errors = ProblemField(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


CONFLICT = {409: OpenApiResponse(Problem, "As the Thing stands, this cannot be.")}
UNCHANGED = {304: OpenApiResponse(description="You have it already.")}


class Person(serializers.Serializer[None]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ThingSummary(serializers.Serializer[None]):
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


class Things(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ThingSummary(many=True)


class NewThing(serializers.Serializer[None]):
    title = serializers.CharField(required=False, allow_blank=True, max_length=TITLE.limit)
    id = serializers.UUIDField(required=False)
    canvas = Canvas(required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    template = serializers.UUIDField(required=False)


class ThingPatch(serializers.Serializer[None]):
    title = serializers.CharField(required=False, allow_blank=True, max_length=TITLE.limit)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=TAG.limit), max_length=20, required=False)
    trashed = serializers.BooleanField(required=False)
    template = serializers.BooleanField(required=False)


class Several(serializers.Serializer[None]):
    id = serializers.CharField(required=False, max_length=MAX_ID)
    group = serializers.CharField(required=False, max_length=MAX_ID)
    actions = serializers.ListField(child=Action(), min_length=1, max_length=MAX_ACTIONS)


class ActionLinks(serializers.Serializer[None]):
    actions = serializers.DictField(child=serializers.URLField())


class Performed(serializers.Serializer[None]):
    revision = serializers.IntegerField(min_value=0)
    id = serializers.CharField()
    effects = serializers.ListField(child=Effect())
    skipped = serializers.ListField(child=Skipped())
    ids = serializers.DictField(child=serializers.CharField(), required=False)


class CatalogueEntry(serializers.Serializer[None]):
    type = serializers.CharField()
    family = serializers.CharField()
    description = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    conflict = serializers.CharField()
    schema = serializers.DictField()
    example = serializers.DictField()


class Catalogue(serializers.Serializer[None]):
    results = CatalogueEntry(many=True)


class KindField(serializers.Serializer[None]):
    schema = serializers.DictField()
    default = serializers.JSONField()


class Kind(serializers.Serializer[None]):
    kind = serializers.CharField()
    title = serializers.CharField()
    text = serializers.BooleanField()
    container = serializers.BooleanField()
    fields = serializers.DictField(child=KindField())  # type: ignore[assignment]


class Kinds(serializers.Serializer[None]):
    results = Kind(many=True)


class Actor(serializers.Serializer[None]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[("user", "user"), ("system", "system")])


class ChangeEntry(serializers.Serializer[None]):
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


class Changes(serializers.Serializer[None]):
    results = ChangeEntry(many=True)
    next = serializers.URLField(allow_null=True)


class Digest(serializers.Serializer[None]):
    revision = serializers.IntegerField(min_value=0)
    epoch = serializers.CharField()
    digest = serializers.CharField()


AnyObject = OpenApiTypes.OBJECT

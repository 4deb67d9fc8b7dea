"""The shapes of members, invitations and inboxes, for the OpenAPI document."""

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from things.api.shapes import Person
from things.models import GIVEN_ROLES, Role


class MemberPerson(Person):
    color = serializers.IntegerField(min_value=1, max_value=8)


class Member(serializers.Serializer[None]):
    user = MemberPerson()
    role = serializers.ChoiceField(choices=Role.choices)


class Invited(serializers.Serializer[None]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=GIVEN_ROLES)
    status = serializers.ChoiceField(choices=[("invited", "invited")])


class Listed(serializers.Serializer[None]):
    """`user`, or for the owner `id`, `email` and `status` of who was invited and has not shown themselves."""

    user = MemberPerson(required=False)
    role = serializers.ChoiceField(choices=Role.choices)
    id = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    status = serializers.ChoiceField(choices=[("invited", "invited")], required=False)


class Members(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Listed(many=True)


# By `user` the person comes back, by `email` what was sent.
GivenMember = PolymorphicProxySerializer("GivenMember", [Member, Invited], resource_type_field_name=None)


class NewMember(serializers.Serializer[None]):
    user = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    role = serializers.ChoiceField(choices=GIVEN_ROLES)


class InboxThing(serializers.Serializer[None]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)


class InboxEntry(serializers.Serializer[None]):
    offset = serializers.IntegerField(min_value=1)
    kind = serializers.CharField()
    thing = InboxThing()
    actor = Person(allow_null=True)
    role = serializers.CharField(required=False)
    read = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class InboxState(serializers.Serializer[None]):
    unread = serializers.IntegerField(min_value=0)


class InboxPage(InboxState):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InboxEntry(many=True)


class ReadThrough(serializers.Serializer[None]):
    through = serializers.IntegerField(min_value=0)

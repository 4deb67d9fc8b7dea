"""Who may do what: `can` answers, `require` raises, `visible_to` filters. API, pages and stream use these only."""

from collections.abc import Sequence
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from things.errors import NotAllowed, NotVisible
from things.models import Membership, Role, Thing, Visibility

Actor = User | AnonymousUser | None

RANK = {role: rank for rank, role in enumerate((Role.VIEWER, Role.COMMENTER, Role.EDITOR, Role.OWNER))}


class Verb(StrEnum):
    READ = "read"
    COMMENT = "comment"
    EDIT = "edit"
    OWN = "own"


LEAST = {Verb.READ: Role.VIEWER, Verb.COMMENT: Role.COMMENTER, Verb.EDIT: Role.EDITOR, Verb.OWN: Role.OWNER}


def person(actor: Actor) -> User | None:
    """The signed-in, active person, or nobody."""
    return actor if isinstance(actor, User) and actor.is_active else None


def role_of(actor: Actor, thing: Thing) -> Role | None:
    """The role with the rights of now: one query, none for the owner or anonymous people."""
    user = person(actor)
    if user is not None:
        if thing.owner_id == user.pk:
            return Role.OWNER
        given = Membership.objects.filter(thing=thing, user=user).values_list("role", flat=True).first()
        if given is not None:
            return Role(given)
    return Role.VIEWER if thing.visibility == Visibility.PUBLIC else None


def allows(role: Role | None, least: Role) -> bool:
    return role is not None and RANK[role] >= RANK[least]


def can(actor: Actor, thing: Thing, verb: Verb) -> bool:
    return allows(role_of(actor, thing), LEAST[verb])


def require(actor: Actor, thing: Thing, verb: Verb) -> Role:
    """The actor's role, or `NotVisible`, or `NotAllowed`."""
    role = role_of(actor, thing)
    if role is None:
        raise NotVisible
    if not allows(role, LEAST[verb]):
        raise NotAllowed(f"this needs the role {LEAST[verb]}; yours is {role}")
    return role


def may_each_read(thing: Thing, actors: Sequence[Actor]) -> list[bool]:
    """`can(actor, thing, Verb.READ)` of many, in one query."""
    if thing.visibility == Visibility.PUBLIC:
        return [True] * len(actors)
    people = {user.pk for actor in actors if (user := person(actor)) is not None}
    members = set(Membership.objects.filter(thing=thing, user__in=people).values_list("user", flat=True))
    readers = {*members, thing.owner_id}
    return [(user := person(actor)) is not None and user.pk in readers for actor in actors]


def visible_to(actor: Actor) -> QuerySet[Thing]:
    """Everything the actor may read, the trash included."""
    user = person(actor)
    if user is None:
        return Thing.objects.filter(visibility=Visibility.PUBLIC)
    member = Membership.objects.filter(thing=OuterRef("pk"), user=user)
    return Thing.objects.filter(Q(owner=user) | Q(visibility=Visibility.PUBLIC) | Exists(member))

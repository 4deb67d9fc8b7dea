"""Who may do what: `can` answers, `require` raises, `visible_to` filters. API, pages and stream use these only."""

from collections.abc import Sequence
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.columns import key
from accounts.models import User
from accounts.statements import Statement
from things.errors import NotAllowed, NotVisible
from things.models import Membership, Role, Thing, Visibility

Actor = User | AnonymousUser | None

GIVEN = Statement(
    "SELECT role FROM things_membership WHERE thing_id = %s AND user_id = %s"
)  # at every request of a member

RANK = {role: rank for rank, role in enumerate((Role.VIEWER, Role.COMMENTER, Role.EDITOR, Role.OWNER))}


class Verb(StrEnum):
    READ = "read"
    COMMENT = "comment"
    EDIT = "edit"
    OWN = "own"


LEAST = {Verb.READ: Role.VIEWER, Verb.COMMENT: Role.COMMENTER, Verb.EDIT: Role.EDITOR, Verb.OWN: Role.OWNER}


def active(actor: Actor) -> User | None:
    """The signed-in, active person, or nobody."""
    return actor if isinstance(actor, User) and actor.is_active else None


def role_of(actor: Actor, thing: Thing) -> Role | None:
    """The role with the rights of now: one query, none for the owner or anonymous people."""
    return standing_of(actor, thing) or _role_of_everybody(thing)


def standing_of(actor: Actor, thing: Thing) -> Role | None:
    """The role of who is in it: not what everybody may who sees a public Thing."""
    user = active(actor)
    if user is None or thing.owner_id == user.pk:
        return Role.OWNER if user is not None else None
    given = GIVEN.one([key(thing.pk), key(user.pk)])
    return _standing(user, thing, given[0] if given is not None else None)


def role_listed(actor: Actor, thing: Thing) -> Role | None:
    """As `role_of`, of a Thing that came `with_given`: no query."""
    user = active(actor)
    own = _standing(user, thing, thing.given) if user is not None else None  # type: ignore[attr-defined]
    return own or _role_of_everybody(thing)


def with_given(things: QuerySet[Thing], actor: Actor) -> QuerySet[Thing]:
    """Each with the role of the actor's membership, as `given`."""
    mine = Membership.objects.filter(thing=OuterRef("pk"), user=active(actor)).values("role")[:1]
    return things.annotate(given=Subquery(mine))


def _standing(user: User, thing: Thing, given: str | None) -> Role | None:
    if thing.owner_id == user.pk:
        return Role.OWNER
    # Visitors of the demo draw together on what the demo itself made, and on nothing else.
    visiting = user.is_demo and thing.is_demo and not thing.is_template and thing.trashed_at is None
    roles = [Role(given)] if given else []
    return max([*roles, Role.EDITOR] if visiting else roles, key=RANK.__getitem__, default=None)


def _role_of_everybody(thing: Thing) -> Role | None:
    """Who puts a public Thing into the trash takes it back from everybody."""
    return Role.VIEWER if thing.visibility == Visibility.PUBLIC and thing.trashed_at is None else None


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
    if _role_of_everybody(thing) is not None:
        return [True] * len(actors)
    people = {user.pk for actor in actors if (user := active(actor)) is not None}
    given = dict(Membership.objects.filter(thing=thing, user__in=people).values_list("user", "role"))
    return [
        (user := active(actor)) is not None and _standing(user, thing, given.get(user.pk)) is not None
        for actor in actors
    ]


PUBLIC = Q(visibility=Visibility.PUBLIC, trashed_at=None)
OPEN_TO_VISITORS = Q(is_demo=True, is_template=False, trashed_at=None)


def given_to(user: User) -> Q:
    """Things of others that the person is in."""
    member = Q(pk__in=Membership.objects.filter(user=user).values("thing"))
    return member | OPEN_TO_VISITORS if user.is_demo else member


def visible_to(actor: Actor) -> QuerySet[Thing]:
    """Everything the actor may read; of the trash only what they are in."""
    user = active(actor)
    if user is None:
        return Thing.objects.filter(PUBLIC)
    member = Q(Exists(Membership.objects.filter(thing=OuterRef("pk"), user=user)))
    inside = member | OPEN_TO_VISITORS if user.is_demo else member
    return Thing.objects.filter(Q(owner=user) | PUBLIC | inside)

"""Who may enter a Thing: members, invitations, and everybody who has to hear when they change (A4)."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.emails import email_key
from accounts.models import User
from accounts.quotas import Quota, spend
from streaming.access import access_moved
from things.models import GIVEN_ROLES, Change, Invitation, Membership, Notification, Thing
from things.people import inbox
from things.transactions import one_writer


def require_given(role: str) -> None:
    """Forms and bodies were asked before; nobody is made an owner by a way that forgot to."""
    if role not in dict(GIVEN_ROLES):
        raise ValueError(f"{role} is no role that can be given")


def share(thing: Thing, user: User, role: str, *, by: User | None, staff: bool = False) -> Membership:
    """Give a role, or another one; the person finds it in their inbox. The owner's own role is not a membership.

    `staff`: done in the admin, and counted nowhere.
    """
    require_given(role)
    with one_writer():
        thing = Thing.objects.select_for_update().get(pk=thing.pk)
        found = Membership.objects.filter(thing=thing, user=user).first()
        if found is not None and found.role == role and found.invitation_id is None:
            return found
        if by is not None and not staff:
            spend(by, Quota.INVITATIONS)
        Invitation.objects.filter(membership__thing=thing, membership__user=user).delete()
        membership, _ = Membership.objects.update_or_create(thing=thing, user=user, defaults={"role": role})
        inbox.notify([user.pk], "share", thing=thing, by=by, staff=staff, role=role)
        rights_changed([thing.pk])
    return membership


def invite(thing: Thing, email: str, role: str, *, by: User) -> None:
    """Give a role to whoever has this address, now or later. It takes the same course when nobody has it."""
    require_given(role)
    with one_writer():
        thing = Thing.objects.select_for_update().get(pk=thing.pk)
        person = User.objects.filter(email_key=email_key(email), is_active=True).first()
        member = Membership.objects.filter(thing=thing, user=person).first()
        if member is not None and member.invitation_id is None:
            share(thing, member.user, role, by=by)
            return
        wanted = {"email": email, "role": role, "by": by}
        invitation, made = Invitation.objects.get_or_create(thing=thing, email_key=email_key(email), defaults=wanted)
        if invitation.role == role and not made:
            return
        spend(by, Quota.INVITATIONS)
        Invitation.objects.filter(pk=invitation.pk).update(role=role, by=by)
        if person is not None:
            _let_in(invitation, person, role)
        inbox.notify([person.pk if person else uuid4()], "share", thing=thing, by=by, role=role)
        rights_changed([thing.pk])


def _let_in(invitation: Invitation, user: User, role: str) -> None:
    given = {"role": role, "invitation": invitation}
    Membership.objects.update_or_create(thing_id=invitation.thing_id, user=user, defaults=given)


def accept_invitations(user: User) -> None:
    """What was offered to this address while nobody had it. Whoever signs in has shown that the address is theirs."""
    waiting = Invitation.objects.filter(email_key=user.email_key, membership=None)
    for pk, thing in list(waiting.values_list("pk", "thing")):
        with one_writer():
            locked = Thing.objects.select_for_update().filter(pk=thing).first()
            invitation = waiting.select_related("by").filter(pk=pk).first()
            if locked is not None and invitation is not None:
                _accept(invitation, locked, user)


def _accept(invitation: Invitation, thing: Thing, user: User) -> None:
    if thing.owner_id == user.pk or thing.memberships.filter(user=user).exists():
        invitation.delete()
        return
    _let_in(invitation, user, invitation.role)
    inbox.notify([user.pk], "share", thing=thing, by=invitation.by, role=invitation.role)
    rights_changed([thing.pk])


def signed_in(sender: type[User], user: User, **_: HttpRequest | Signal) -> None:
    """Receives `user_logged_in`: it is told by every door."""
    accept_invitations(user)


def unshare(memberships: Sequence[Membership]) -> None:
    """Take them away; open topics end at once."""
    things = sorted({membership.thing_id for membership in memberships})
    with one_writer():
        gone = [membership.pk for membership in memberships]
        Invitation.objects.filter(membership__in=gone).delete()
        Membership.objects.filter(pk__in=gone).delete()
        rights_changed(things)


def withdraw(invitation: Invitation) -> None:
    """With what it gave."""
    unshare(list(Membership.objects.filter(invitation=invitation)))
    invitation.delete()


def shown_members(thing: Thing) -> QuerySet[Membership]:
    """Those whom others may know by name: given a role as persons, or who have shown themselves since they were
    invited by e-mail: by a change, or by reading in their inbox that they are in.
    """
    changed = Change.objects.filter(thing=thing, actor=OuterRef("user"))
    read = Notification.objects.filter(inbox=OuterRef("user"), thing=thing, read_at__isnull=False)
    shown = Q(invitation=None) | Exists(changed) | Exists(read)
    return thing.memberships.filter(shown).select_related("user").order_by("created_at", "pk")


def invitations(thing: Thing) -> QuerySet[Invitation]:
    """Those that nobody has come in by, as far as others can see."""
    came = shown_members(thing).exclude(invitation=None).order_by().values("invitation")
    return thing.invitations.exclude(pk__in=came).order_by("created_at", "pk")


def rights_changed(things: Sequence[UUID]) -> None:
    """Open streams ask again at once."""
    access_moved(Thing, things)

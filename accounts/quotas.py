"""How much of something one person may do in a day (UTC), counted in the database, so that all workers count together.

`spend` belongs in the transaction of the act: what is refused later is not counted, and of requests that come at the
same time exactly as many pass as there is room for. Edits are too many for a statement each: what they add to the logs
is gathered in the process and added to the row by the MiB (`Gathered`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from enum import StrEnum
from threading import Lock
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Usage, User

GATHERED_BYTES = 1024 * 1024
GATHERED_PEOPLE = 10_000


class Quota(StrEnum):
    """What is counted; the value is the kind of the rows."""

    THINGS = "things"
    TOKENS = "tokens"
    TICKETS = "tickets"
    INVITATIONS = "invitations"
    NOTIFICATIONS = "notifications"
    LOG_BYTES = "log_bytes"

    @property
    def most(self) -> int:
        """The limit of a day, of the setting of that name."""
        most: int = getattr(settings, f"{self.name}_PER_DAY")
        return most


class QuotaSpent(Exception):
    """Somebody has had a day's worth. It is answered 429, `quota`, with `Retry-After`."""

    code = "quota"
    title = "Enough for today"

    def __init__(self, quota: Quota) -> None:
        words = quota.value.replace("_", " ")
        self.detail = f"at most {quota.most:,} {words} a day; the next day begins at midnight UTC"
        super().__init__(self.detail)
        self.retry_after_seconds = seconds_to_midnight()


def spend(user: User, quota: Quota, amount: int = 1) -> None:
    """Count it, or raise `QuotaSpent`. Call it inside the transaction of what is done."""
    if not take(user, quota, amount):
        raise QuotaSpent(quota)


def take(user: User, quota: Quota, amount: int = 1) -> bool:
    """Count it if there is room. One statement, but for the first of a day."""
    room = Usage.objects.filter(user=user, kind=quota, day=today(), amount__lte=quota.most - amount)
    if room.update(amount=F("amount") + amount):
        return True
    Usage.objects.bulk_create([Usage(user=user, kind=quota, day=today())], ignore_conflicts=True)
    return bool(room.update(amount=F("amount") + amount))


def forget_past_days() -> int:
    """Yesterday's are kept: a request that began before midnight may still count there."""
    gone, _ = Usage.objects.filter(day__lt=today() - timedelta(days=1)).delete()
    return gone


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def seconds_to_midnight() -> int:
    midnight = datetime.combine(today() + timedelta(days=1), clock_time(), UTC)
    return max(1, round((midnight - timezone.now()).total_seconds()))


@dataclass(slots=True, kw_only=True)
class _Share:
    """What this process knows of one person's day: `told` stands in the row, `kept` does not yet."""

    user: UUID
    day: date
    told: int
    kept: int = 0


class Gathered:
    """A quota that many small amounts are taken of. The row is read once a person, day and process, and written when a
    MiB or a sixteenth of the quota has come together: by so much a worker may let a person go over it.
    """

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._shares: dict[UUID, _Share] = {}
        self._lock = Lock()

    def require_room(self, user: User) -> None:
        """Raise `QuotaSpent` when the day is used up."""
        share = self._share_of(user.pk)
        if share.told + share.kept >= self._quota.most:
            raise QuotaSpent(self._quota)

    def add(self, user: User, amount: int) -> None:
        """Remember it; what has come together goes to the row after commit."""
        share = self._share_of(user.pk)
        with self._lock:
            share.kept += amount
        if share.kept >= min(GATHERED_BYTES, self._quota.most // 16):
            transaction.on_commit(lambda: self._tell(share), robust=True)

    def _share_of(self, user: UUID) -> _Share:
        share = self._shares.get(user)
        if share is None or share.day != today():
            self._make_room()
            fresh = _Share(user=user, day=today(), told=self._in_row(user))
            with self._lock:
                found = self._shares.get(user)
                share = found if found is not None and found.day == fresh.day else fresh
                self._shares[user] = share
        return share

    def _make_room(self) -> None:
        """The one who came first goes, and what was gathered of them to the row."""
        with self._lock:
            oldest = next(iter(self._shares)) if len(self._shares) >= GATHERED_PEOPLE else None
            gone = self._shares.pop(oldest) if oldest is not None else None
        if gone is not None and gone.kept:
            transaction.on_commit(lambda: self._tell(gone), robust=True)

    def _in_row(self, user: UUID) -> int:
        rows = Usage.objects.filter(user=user, kind=self._quota, day=today())
        return rows.values_list("amount", flat=True).first() or 0

    def _tell(self, share: _Share) -> None:
        with self._lock:
            amount, share.kept = share.kept, 0
            share.told += amount
        try:
            _add(share.user, self._quota, share.day, amount)
            share.told = max(share.told, self._in_row(share.user))
        except DatabaseError:
            with self._lock:
                share.kept += amount
                share.told -= amount
            raise


def _add(user: UUID, quota: Quota, day: date, amount: int) -> None:
    rows = Usage.objects.filter(user=user, kind=quota, day=day)
    if not rows.update(amount=F("amount") + amount):
        Usage.objects.bulk_create([Usage(user_id=user, kind=quota, day=day)], ignore_conflicts=True)
        rows.update(amount=F("amount") + amount)


log_bytes = Gathered(Quota.LOG_BYTES)

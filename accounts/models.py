"""People, their personal tokens, the single-use tickets of the Streaming API, and tries at the doors."""

from collections.abc import Container, Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken
from uuid6 import uuid7

from accounts.emails import EmailKey, email_key
from accounts.folding import SearchKey
from accounts.names import require_readable
from streaming.access import Guarded, GuardedQuerySet, access_moved

COLORS = 8
EMAIL_KEY_LENGTH = 254
KEYS = {"email": "email_key", "name": "name_key"}  # field -> what is made of it at every save
ENDS_ACCESS = {"password", "is_active", "is_staff", "is_superuser"}
EPOCHS = {"access_epoch", "session_epoch"}


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def get_queryset(self) -> "GuardedQuerySet[User]":
        return GuardedQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email_key=email_key(username or ""))


class User(Guarded, AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """A person. `color` (1 to 8) is stable; the theme gives it its hue."""

    told_as = "users"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    email_key = EmailKey(max_length=EMAIL_KEY_LENGTH, unique=True, editable=False)
    name = models.CharField(max_length=80, validators=[require_readable])
    name_key = SearchKey(of="name")
    color = models.PositiveSmallIntegerField(
        default=0, blank=True, validators=[MinValueValidator(1), MaxValueValidator(COLORS)]
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    # Raised by "sign out everywhere": a session of an earlier epoch is none.
    session_epoch = models.PositiveIntegerField(default=0)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        permissions = [
            ("view_connections", "Can view live connections"),
            ("cut_connections", "Can cut live connections"),
        ]

    # What stood in the database when this row was read or saved; empty for a new user.
    found: dict[str, Any] = {}

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **more: Any) -> "User":
        user = super().from_db(db, field_names, values, **more)
        user.was_read(dict(zip(field_names, values, strict=True)))
        return user

    def was_read(self, found: dict[str, Any]) -> None:
        """What the row says, by column: what differs from it later was changed here."""
        self.found = found

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._remember(fields if fields is not None else self._loaded())

    def clean(self) -> None:
        """The e-mail stays as it was typed; another spelling of somebody else's is refused."""
        key = email_key(self.email)
        taken = type(self).objects.filter(email_key=key).exclude(pk=self.pk).exists()
        if taken or len(key) > EMAIL_KEY_LENGTH:
            raise ValidationError({"email": ValidationError(_("This e-mail address cannot be used."), code="unique")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.color:
            # UUIDv7 ends in random bits: an even spread without asking the database.
            self.color = self.id.int % COLORS + 1
        changed = self._changed()
        if kwargs.get("update_fields") is not None or not self._state.adding:
            kwargs["update_fields"] = written = self._written(kwargs.get("update_fields"), changed)
            changed &= written
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.found and changed & ENDS_ACCESS:
                access_changed(self.pk)
        self._remember(changed)

    def _remember(self, names: Container[str]) -> None:
        self.found = {**self.found, **{name: value for name, value in self._loaded().items() if name in names}}

    def _loaded(self) -> dict[str, Any]:
        fields = self._meta.concrete_fields
        return {field.attname: self.__dict__[field.attname] for field in fields if field.attname in self.__dict__}

    def _changed(self) -> set[str]:
        return {name for name, value in self._loaded().items() if name not in self.found or self.found[name] != value}

    def _written(self, wanted: Iterable[str] | None, changed: set[str]) -> set[str]:
        """What was not touched is not written back: others may have changed it since it was read. The epochs move in
        the database only.
        """
        written = set(wanted) if wanted is not None else changed - EPOCHS - {"id"}
        return written | {key for name, key in KEYS.items() if name in written}

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's own, so that sessions of before go on, until somebody signs out everywhere."""
        if not self.session_epoch:
            return str(super()._get_session_auth_hash(secret))  # type: ignore[misc]
        salt = "accounts.User.session_epoch"
        value = f"{self.session_epoch}:{self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


def access_changed(*users: Any) -> None:
    """Something ended that open streams of these users may live by (A4)."""
    access_moved(User, users)


class Token(AbstractAuthToken):
    """A personal token. Only its digest is stored; `scopes` is a subset of `read`, `write`."""

    id = models.UUIDField(default=uuid7, editable=False, unique=True)
    # The name is what knox looks for.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="auth_token_set")
    name = models.CharField(max_length=80)
    scopes = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # The token that made this one: it gave no more than it had, and takes it along when it ends.
    parent = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="children"
    )

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key[:8]}…)"


class StreamTicket(models.Model):
    """A single-use ticket for `hello`, tied to the session or token that asked for it."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    token = models.ForeignKey(Token, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"ticket of {self.user_id}"


class Usage(models.Model):
    """How much of something a person has had on a day (UTC). Written by `accounts.quotas` only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    day = models.DateField(db_index=True)
    amount = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "day"], name="one_usage_per_day")]

    def __str__(self) -> str:
        return f"{self.amount} {self.kind} on {self.day}"


class SignInTry(models.Model):
    """How many tries were made at a door, by a person, an address or a device. Time alone removes it."""

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.tries} until {self.expires_at}"

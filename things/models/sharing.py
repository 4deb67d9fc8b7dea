"""Who may do what with a Thing."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from uuid6 import uuid7

from accounts.emails import EmailKey
from accounts.models import EMAIL_KEY_LENGTH
from things.models.thing import Thing


class Role(models.TextChoices):
    """From least to most."""

    VIEWER = "viewer"
    COMMENTER = "commenter"
    EDITOR = "editor"
    OWNER = "owner"


# A Thing's owner stands in the Thing itself: nobody is made one by an invitation.
GIVEN_ROLES = [choice for choice in Role.choices if choice[0] != Role.OWNER]


class Invitation(models.Model):
    """Somebody asked in by e-mail. It is made whether or not somebody has that address, so that nobody can find out.
    Who has it is a member at once, else when they first sign in.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField()
    email_key = EmailKey(max_length=EMAIL_KEY_LENGTH, editable=False)
    role = models.CharField(max_length=10, choices=GIVEN_ROLES)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "email_key"], name="one_invitation_per_address")]
        indexes = [models.Index(fields=["email_key"])]

    def __str__(self) -> str:
        return f"{self.email} {self.role} of {self.thing_id}"


class Membership(models.Model):
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=GIVEN_ROLES)
    # By which they came in. Until they show themselves, others see its address and not their name.
    invitation = models.OneToOneField(Invitation, null=True, blank=True, editable=False, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "user"], name="one_membership_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.thing_id}"

    def clean(self) -> None:
        if Thing.objects.filter(pk=self.thing_id, owner=self.user_id).exists():
            raise ValidationError({"user": "this is the owner"})

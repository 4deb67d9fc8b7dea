"""What concerns a person: a numbered log of their own."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from things.models.thing import Thing, new_epoch


class Inbox(models.Model):
    """`head` is the offset of the newest entry; its row is locked to number the next one (R2)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="inbox"
    )
    head = models.PositiveBigIntegerField(default=0)
    epoch = models.CharField(max_length=16, default=new_epoch)

    class Meta:
        verbose_name_plural = "inboxes"

    def __str__(self) -> str:
        return f"inbox of {self.user_id}"


class Notification(models.Model):
    """One entry of the log: something to know (`notification`), or that some were read (`read`)."""

    class Event(models.TextChoices):
        NOTIFICATION = "notification"
        READ = "read"

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="entries", db_index=False)
    offset = models.PositiveBigIntegerField()
    event = models.CharField(max_length=12, choices=Event, default=Event.NOTIFICATION)
    # What an event says, as it goes over the wire.
    data = models.JSONField(default=dict)
    event_bytes = models.PositiveIntegerField(default=0)
    # So that what belongs to a Thing can be found; the data keeps what was shown of it.
    thing = models.ForeignKey(Thing, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "offset"], name="one_entry_per_offset")]
        ordering = ["inbox", "offset"]

    def __str__(self) -> str:
        return f"{self.inbox_id} {self.event} {self.offset}"

"""The log: one row a revision, append-only; stream, history, undo and audit all read it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from things.models.thing import Thing


class Via(models.TextChoices):
    """Who brought the change; set by the server."""

    EDITOR = "editor"
    API = "api"
    ADMIN = "admin"
    IMPORT = "import"
    COMMAND = "command"

    @property
    def has_quota(self) -> bool:
        """Whether what comes this way counts against the person's day: not what staff and commands do."""
        return self not in (Via.ADMIN, Via.COMMAND)


class Change(models.Model):
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="changes", db_index=False)
    revision = models.PositiveBigIntegerField()
    request_id = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # A deleted account keeps its rows: what was shown of it is kept beside the key.
    actor_id_kept = models.UUIDField(null=True, blank=True)
    actor_name = models.CharField(max_length=80, blank=True)
    via = models.CharField(max_length=10, choices=Via)
    types = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    effects = models.JSONField(default=list)
    # Same length as effects: what each replaced, {"value", "origin"} or null.
    before = models.JSONField(default=list)
    skipped = models.JSONField(default=list)
    payload_hash = models.CharField(max_length=64)
    digest = models.CharField(max_length=16)
    # Bytes of the event frame, so that a replay is measured before it is read (R3).
    event_bytes = models.PositiveIntegerField(default=0)
    # Bytes of JSON of the row, at least what a page of changes shows of it, so that reading is measured before.
    stored_bytes = models.PositiveBigIntegerField(default=0)
    group = models.CharField(max_length=64, blank=True)
    undoes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thing", "revision"], name="one_change_per_revision"),
            models.UniqueConstraint(fields=["thing", "request_id"], name="one_change_per_request"),
        ]
        indexes = [models.Index(fields=["thing", "actor", "-revision"])]
        ordering = ["thing", "revision"]

    def __str__(self) -> str:
        return f"{self.thing_id} r{self.revision}"


class TextChange(models.Model):
    """Index of text effects, so that text, undo and blame of a widget never scan the log."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="+", db_index=False)
    widget = models.UUIDField()
    revision = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thing", "widget", "revision"], name="one_text_effect_per_revision")
        ]

    def __str__(self) -> str:
        return f"{self.widget} r{self.revision}"


class UndoStep(models.Model):
    """What a person can undo (`undone_at` null) or redo, per Thing (U3). The log itself is never rewritten."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveBigIntegerField()
    group = models.CharField(max_length=64, blank=True)
    undone_at = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "revision"], name="one_undo_step_per_change")]
        indexes = [models.Index(fields=["thing", "user", "undone_at", "-revision"])]

    def __str__(self) -> str:
        return f"{self.thing_id} r{self.revision}"

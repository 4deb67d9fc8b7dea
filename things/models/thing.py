"""A Thing: one design, its revision, and the epoch of its log."""

import random
import string

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid6 import uuid7

from accounts.folding import SearchKey
from streaming.access import Guarded, GuardedQuerySet
from things.shapes import Canvas


def new_epoch() -> str:
    """`[a-z][a-z0-9]{3,15}`: names one history; changes when offsets no longer mean the same events."""
    letters = string.ascii_lowercase
    return random.choice(letters) + "".join(random.choices(letters + string.digits, k=7))


def default_canvas() -> Canvas:
    return {"width": None, "height": None, "background": "#f6f7f4", "grid": True}


class Visibility(models.TextChoices):
    PRIVATE = "private"
    PUBLIC = "public"


class Thing(Guarded):
    """`revision` is the number of the newest change and the offset on the stream."""

    told_as = "topics"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=200, blank=True)
    title_key = SearchKey(of="title")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="things", db_index=False)
    canvas = models.JSONField(default=default_canvas)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    tags = models.JSONField(default=list, blank=True)
    is_template = models.BooleanField(default=False)
    # Made by the demo itself: its visitors edit these together. Set by the command alone; a copy does not have it.
    is_demo = models.BooleanField(default=False, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True)
    # Field -> revision whose value is showing, for the Thing's own fields (as on Widget).
    origins = models.JSONField(default=dict, blank=True)
    revision = models.PositiveBigIntegerField(default=0)
    epoch = models.CharField(max_length=16, default=new_epoch)
    digest = models.CharField(max_length=16, default="0" * 16)
    # How much it holds, kept with every change: living widgets, all of them, and the living ones' bytes of JSON.
    living = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    living_bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = GuardedQuerySet["Thing"].as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        # The gallery reads a page of each: however many Things there are, it looks at no more than it shows.
        indexes = [
            models.Index(fields=["-changed_at", "-id"]),
            models.Index(fields=["owner", "-changed_at", "-id"], name="thing_of_owner"),
            models.Index(fields=["visibility", "-changed_at", "-id"], name="thing_to_see"),
            models.Index(fields=["-changed_at", "-id"], condition=models.Q(is_template=True), name="thing_template"),
            models.Index(
                fields=["owner", "-changed_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="thing_in_trash",
            ),
        ]

    def __str__(self) -> str:
        return self.title or "Untitled"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("things:editor", args=[self.pk])

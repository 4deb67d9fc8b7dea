"""The present of a Thing, one row a widget. Written by the apply step of `things.editing` only."""

from django.db import models

from things.models.thing import Thing


class Widget(models.Model):
    """`fields` holds every field of the kind, `origins` the revision each shown value came with.

    `alive` is a field too (its origin stands under "alive"): a deleted widget keeps its body.
    """

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="widgets", db_index=False)
    id = models.UUIDField()
    row = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    alive = models.BooleanField(default=True)
    # Copied from fields["place"]["parent"] so that children are found by index, not by scanning JSON.
    parent = models.UUIDField(null=True, blank=True)
    # Copied from fields["order"] as bytes: both databases compare it the way clients do, whatever their collation.
    order_key = models.BinaryField(default=b"")
    # Copied from the ends of a connector, so that what is tied to a widget is found by index when it is deleted.
    start_target = models.UUIDField(null=True, blank=True)
    end_target = models.UUIDField(null=True, blank=True)
    fields = models.JSONField(default=dict)
    origins = models.JSONField(default=dict)
    text = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "id"], name="one_widget_per_id")]
        indexes = [
            models.Index(fields=["thing", "parent", "order_key"]),
            models.Index(
                fields=["thing", "start_target"], condition=models.Q(start_target__isnull=False), name="widget_start"
            ),
            models.Index(
                fields=["thing", "end_target"], condition=models.Q(end_target__isnull=False), name="widget_end"
            ),
        ]
        ordering = ["row"]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

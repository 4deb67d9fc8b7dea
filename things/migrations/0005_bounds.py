"""What is bounded is counted: how much a Thing holds, how large a change is; connectors are found by what they end at.

Rows that exist are measured once, at the end, in pieces: nothing here holds more than a few hundred rows in memory.
"""

import rfc8785
from django.db import migrations, models


STORED = """
UPDATE things_change SET stored_bytes = 600
  + {length}(actions{text}) + {length}(effects{text}) + {length}(before{text}) + {length}(skipped{text})
"""


def measure_changes(apps, schema_editor):
    """At least what a page shows of each: stored JSON has spaces that a page has not."""
    postgres = schema_editor.connection.vendor == "postgresql"
    words = {"length": "octet_length", "text": "::text"} if postgres else {"length": "length", "text": ""}
    schema_editor.execute(STORED.format(**words))


def tie(apps, schema_editor):
    Widget = apps.get_model("things", "Widget")
    piece = []
    for widget in Widget.objects.filter(kind="connector").only("row", "fields").iterator(chunk_size=500):
        widget.start_target = widget.fields.get("start", {}).get("widget")
        widget.end_target = widget.fields.get("end", {}).get("widget")
        if widget.start_target or widget.end_target:
            piece.append(widget)
        if len(piece) == 500:
            Widget.objects.bulk_update(piece, ["start_target", "end_target"])
            piece = []
    Widget.objects.bulk_update(piece, ["start_target", "end_target"])


def measure_things(apps, schema_editor):
    """As `things.writing` does from now on."""
    Thing, Widget = apps.get_model("things", "Thing"), apps.get_model("things", "Widget")
    for pk in list(Thing.objects.values_list("pk", flat=True)):
        rows = Widget.objects.filter(thing=pk)
        living = living_bytes = 0
        for widget in rows.filter(alive=True).iterator(chunk_size=500):
            living, living_bytes = living + 1, living_bytes + size_of(widget)
        Thing.objects.filter(pk=pk).update(living=living, rows=rows.count(), living_bytes=living_bytes)


def size_of(widget):
    shown = {"id": str(widget.id), "kind": widget.kind, **widget.fields}
    return len(rfc8785.dumps(shown if widget.text is None else {**shown, "text": widget.text}))


class Migration(migrations.Migration):

    dependencies = [
        ('things', '0004_title_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='stored_bytes',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='thing',
            name='living',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='thing',
            name='living_bytes',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='thing',
            name='rows',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='widget',
            name='end_target',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='widget',
            name='start_target',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='widget',
            index=models.Index(condition=models.Q(('start_target__isnull', False)), fields=['thing', 'start_target'], name='widget_start'),
        ),
        migrations.AddIndex(
            model_name='widget',
            index=models.Index(condition=models.Q(('end_target__isnull', False)), fields=['thing', 'end_target'], name='widget_end'),
        ),
        migrations.RunPython(measure_changes, migrations.RunPython.noop),
        migrations.RunPython(tie, migrations.RunPython.noop),
        migrations.RunPython(measure_things, migrations.RunPython.noop),
    ]

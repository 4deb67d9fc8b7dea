"""What the demo made is marked so. Visitors no longer need a membership for it, and lose those that they were given for
whatever else the people of the demo had made.
"""

from datetime import timedelta

from django.db import migrations, models

VISIT_BEGINS = timedelta(seconds=2)


def mark(apps, schema_editor):
    changes = apps.get_model("things", "Change").objects.filter(via="command", request_id__startswith="demo-")
    apps.get_model("things", "Thing").objects.filter(pk__in=changes.values("thing")).update(is_demo=True)


def close_again(apps, schema_editor):
    """A visitor was made editor of all at the moment of arriving; what came later was given by somebody."""
    Membership = apps.get_model("things", "Membership")
    given = Membership.objects.filter(user__is_demo=True).values_list("pk", "created_at", "user__date_joined")
    gone = [pk for pk, created_at, joined in given if created_at - joined < VISIT_BEGINS]
    for start in range(0, len(gone), 500):
        Membership.objects.filter(pk__in=gone[start : start + 500]).delete()


class Migration(migrations.Migration):
    dependencies = [("things", "0002_inbox")]

    operations = [
        migrations.AddField(
            model_name="thing",
            name="is_demo",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.RunPython(close_again, migrations.RunPython.noop),
    ]

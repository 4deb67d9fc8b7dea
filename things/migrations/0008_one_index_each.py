"""An index of one column that another begins with is dropped: each write had both to keep. The gallery gets its own.

Dropped by themselves, because to alter the columns SQLite would copy the tables.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

DOUBLED = (
    ("things_change", "thing_id"),
    ("things_invitation", "thing_id"),
    ("things_membership", "thing_id"),
    ("things_notification", "inbox_id"),
    ("things_textchange", "thing_id"),
    ("things_thing", "changed_at"),
    ("things_thing", "owner_id"),
    ("things_undostep", "thing_id"),
    ("things_widget", "thing_id"),
)


def drop(apps, schema_editor):
    quote = schema_editor.connection.ops.quote_name
    for table, column in DOUBLED:
        with schema_editor.connection.cursor() as cursor:
            found = schema_editor.connection.introspection.get_constraints(cursor, table)
        for name, told in found.items():
            if told["index"] and not told["unique"] and told["columns"] == [column]:
                schema_editor.execute(f"DROP INDEX {quote(name)}")


def make(apps, schema_editor):
    quote = schema_editor.connection.ops.quote_name
    for table, column in DOUBLED:
        name = f"{table}_{column}_single"
        schema_editor.execute(f"CREATE INDEX {quote(name)} ON {quote(table)} ({quote(column)})")


class Migration(migrations.Migration):
    dependencies = [
        ("things", "0007_given_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, make)],
            state_operations=[
                migrations.AlterField(
                    model_name="change",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="things.thing",
                    ),
                ),
                migrations.AlterField(
                    model_name="invitation",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="things.thing",
                    ),
                ),
                migrations.AlterField(
                    model_name="membership",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="things.thing",
                    ),
                ),
                migrations.AlterField(
                    model_name="notification",
                    name="inbox",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="things.inbox",
                    ),
                ),
                migrations.AlterField(
                    model_name="textchange",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="things.thing"
                    ),
                ),
                migrations.AlterField(
                    model_name="thing",
                    name="changed_at",
                    field=models.DateTimeField(default=django.utils.timezone.now),
                ),
                migrations.AlterField(
                    model_name="undostep",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="things.thing"
                    ),
                ),
                migrations.AlterField(
                    model_name="widget",
                    name="thing",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="widgets",
                        to="things.thing",
                    ),
                ),
                migrations.AlterField(
                    model_name="thing",
                    name="owner",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="things",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="thing",
            index=models.Index(fields=["owner", "-changed_at", "-id"], name="thing_of_owner"),
        ),
        migrations.AddIndex(
            model_name="thing",
            index=models.Index(fields=["visibility", "-changed_at", "-id"], name="thing_to_see"),
        ),
        migrations.AddIndex(
            model_name="thing",
            index=models.Index(
                condition=models.Q(("is_template", True)), fields=["-changed_at", "-id"], name="thing_template"
            ),
        ),
        migrations.AddIndex(
            model_name="thing",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)),
                fields=["owner", "-changed_at", "-id"],
                name="thing_in_trash",
            ),
        ),
    ]

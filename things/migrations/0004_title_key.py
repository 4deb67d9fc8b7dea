"""Titles get their search key."""

from django.db import migrations

from accounts.folding import SearchKey, fill_keys


def fill(apps, schema_editor):
    fill_keys(apps.get_model("things", "Thing"), "title_key", of="title")


class Migration(migrations.Migration):
    dependencies = [("things", "0003_is_demo")]

    operations = [
        migrations.AddField("thing", "title_key", SearchKey(default="", editable=False, of="title")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

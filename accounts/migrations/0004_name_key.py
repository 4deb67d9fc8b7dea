"""Names get their search key."""

from django.db import migrations

from accounts.folding import SearchKey, fill_keys


def fill(apps, schema_editor):
    fill_keys(apps.get_model("accounts", "User"), "name_key", of="name")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_doors")]

    operations = [
        migrations.AddField("user", "name_key", SearchKey(default="", editable=False, of="name")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

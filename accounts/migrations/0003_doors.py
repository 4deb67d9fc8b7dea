from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import CommandError
from django.db import migrations, models

import accounts.emails
from accounts.emails import collisions, email_key


def refuse_collisions(apps, schema_editor):
    """Before anything is written. Which account a person keeps is for people to say, so nothing is merged."""
    people = apps.get_model("accounts", "User").objects.order_by("date_joined").values_list("pk", "email")
    if found := collisions(people):
        listed = "\n".join(f"  {key}: {', '.join(map(str, pks))}" for key, pks in found.items())
        raise CommandError(
            f"Nothing was changed. These e-mail addresses belong to several accounts each:\n{listed}\n"
            "Say which one is kept with `python manage.py email_collisions --keep ID`, then migrate again."
        )


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects
    for pk, email in users.values_list("pk", "email"):
        users.filter(pk=pk).update(email_key=email_key(email))


def keep_sessions(apps, schema_editor):
    """A session names the backend that opened it, which has another name now. It goes on."""
    store = SessionStore()
    for session in apps.get_model("sessions", "Session").objects.iterator():
        data = store.decode(session.session_data)
        if BACKEND_SESSION_KEY in data:
            session.session_data = store.encode({**data, BACKEND_SESSION_KEY: "accounts.backends.PasswordBackend"})
            session.save(update_fields=["session_data"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_usage"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunPython(refuse_collisions, migrations.RunPython.noop),
        migrations.AddField(
            model_name="user",
            name="email_key",
            field=accounts.emails.EmailKey(editable=False, max_length=254, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(keep_sessions, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="user",
            name="email_key",
            field=accounts.emails.EmailKey(editable=False, max_length=254, unique=True),
        ),
        migrations.AddField(
            model_name="user", name="session_epoch", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="token",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="children",
                to="accounts.token",
            ),
        ),
        migrations.CreateModel(
            name="SignInTry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]

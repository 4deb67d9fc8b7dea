"""The one place that reads environment variables. Every setting has a default that works on a fresh machine."""

import secrets
from pathlib import Path
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def development_secret() -> str:
    """A secret kept in var/, so that development sessions survive a restart."""
    path = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(exist_ok=True)
    if not path.exists():
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


def databases() -> dict[str, Any]:
    """`DATABASE_URL`, or one SQLite file in var/."""
    database = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'widgetapp.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        VAR_DIR.mkdir(exist_ok=True)
        keep_private(Path(database["NAME"]))
        # IMMEDIATE: a deferred read-then-write fails with "locked" under WAL whatever the timeout.
        # FULL: an answered action survives a power cut. Tests, which nobody mourns, turn it off.
        synchronous = env.str("SQLITE_SYNCHRONOUS", default="FULL")
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};",
        }
        # Several threads and processes use the test database, so it is a file too.
        suffix = env.str("TEST_DB_SUFFIX", default="")
        database["TEST"] = {"NAME": str(VAR_DIR / f"test{suffix}.sqlite3")}
    else:
        database["CONN_HEALTH_CHECKS"] = True
    # HTTP runs on long-lived threads, so a kept connection is the cheapest pool there is. Opening one a request, with
    # its pragmas, was a fifth of an empty view's CPU on SQLite.
    database["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_SECONDS", default=600)
    return {"default": database}


def keep_private(path: Path) -> None:
    """A database that is new is its owner's alone: it holds sessions. SQLite makes the files beside it likewise."""
    if not path.name.startswith(":") and path.parent.is_dir() and not path.exists():
        path.touch(0o600)


def failpoints() -> dict[str, float]:
    """`WIDGETAPP_FAILPOINT`: name:probability, comma-separated; a name alone always hits."""
    given = [entry.partition(":") for entry in env.list("WIDGETAPP_FAILPOINT", default=[]) if entry]
    return {name: float(probability or 1) for name, _, probability in given}


def redis_hosts() -> list[str]:
    """`REDIS_URL`: no, one or several (comma-separated) Redis servers; several share the topics."""
    return [url for url in env.list("REDIS_URL", default=[]) if url]


def channel_layers() -> dict[str, Any]:
    hosts = redis_hosts()
    if not hosts:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    layer = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 waits 5 s by default and the layer holds one lock meanwhile: a frozen
        # Redis would queue 5, 10, 15 s. One second is a lifetime for a hint.
        "CONFIG": {
            "hosts": [
                {"address": url, "socket_timeout": 1, "socket_connect_timeout": 1, "health_check_interval": 10}
                for url in hosts
            ]
        },
    }
    # Publishing has a layer, and so a lock and a connection, of its own: joining a topic never waits for it.
    return {"default": layer, "publish": layer}

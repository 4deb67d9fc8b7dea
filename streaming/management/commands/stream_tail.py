"""`manage.py stream_tail things/<id>` follows topics in the terminal, over the stream itself, as a client does."""

import asyncio
import json
from argparse import RawDescriptionHelpFormatter
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

# Beyond the largest event (F5), and a batch of them.
LINE_BYTES = 1024 * 1024


class Command(BaseCommand):
    help = "Follow topics of a running server: every frame as a line of JSON, until interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("topics", nargs="+", help="service/topic, such as things/<id> or inbox/me")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the running server (%(default)s)")
        parser.add_argument("--token", default="", help="a personal token; without it, what everybody may see")
        parser.add_argument("--count", type=int, default=0, help="stop after so many frames")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._follow(**{name: options[name] for name in ("topics", "url", "token", "count")}))
        except KeyboardInterrupt:
            return
        except OSError as error:
            raise CommandError(f"cannot reach {options['url']}: {error}") from error

    async def _follow(self, topics: list[str], url: str, token: str, count: int) -> None:
        """HTTP push: a plain request, on from the last cursor when an answer ends."""
        host, port, tls = server_of(url)
        cursor, told = "", 0
        while not count or told < count:
            reader, writer = await asyncio.open_connection(host, port, limit=LINE_BYTES, ssl=tls or None)
            query = "&".join(f"subscribe={quote(topic, safe='/;=')}" for topic in topics)
            lines = [
                f"GET /_stream?{query} HTTP/1.1",
                f"Host: {urlsplit(url).netloc}",
                "Accept: text/event-stream",
                "Connection: close",
            ]
            lines += [f"Authorization: Bearer {token}"] if token else []
            lines += [f"Last-Event-ID: {cursor}"] if cursor else []
            writer.write("\r\n".join([*lines, "", ""]).encode())
            status = (await reader.readline()).decode().split(" ", 1)[-1].strip()
            if not status.startswith("200"):
                raise CommandError(f"the server answers {status}: {detail_of(await reader.read())}")
            async for raw in reader:
                line = raw.decode().strip()
                if line.startswith("id: "):
                    cursor = line[4:]
                elif line.startswith("data: {"):
                    told += self._tell(json.loads(line[6:]))
                    if count and told >= count:
                        break
            writer.close()

    def _tell(self, frame: dict[str, Any]) -> int:
        if "type" not in frame or frame["type"] == "ping":
            return 0
        self.stdout.write(json.dumps(frame, ensure_ascii=False))
        self.stdout.flush()
        outcomes = frame.get("subscriptions", []) if frame["type"] == "welcome" else []
        if outcomes and all(outcome["status"] == "refused" for outcome in outcomes):
            raise CommandError("there is nothing to follow: " + ", ".join(outcome["code"] for outcome in outcomes))
        return 1


def detail_of(answer: bytes) -> str:
    """What the problem document behind the headers says."""
    try:
        return str(json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])["detail"])
    except (ValueError, KeyError):
        return "no reason given"


def server_of(url: str) -> tuple[str, int, bool]:
    """Host, port, and whether over TLS."""
    try:
        parts = urlsplit(url)
        tls = {"http": False, "https": True}[parts.scheme]
        if parts.hostname and parts.path in ("", "/"):
            return parts.hostname, parts.port or (443 if tls else 80), tls
    except (KeyError, ValueError):
        pass
    raise CommandError(f"--url {url}: expected http://host:port or https://host")

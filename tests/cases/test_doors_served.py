"""The doors of a real server: several workers on PostgreSQL, open streams, and what `./run` starts."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import ROOT, Postgres, Redis, Server, environment_of, free_port, manage, seeded_database
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS, eventually

PASSWORD = "draw together"
TRIES, AT_ONCE = 10, 24


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis: Redis, postgres: Postgres) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"), workers=2, redis=redis, postgres=postgres)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    site = Site(server)
    yield site
    site.http.close()


def posted(url: str, path: str, form: dict[str, str], cookie: str = "") -> httpx.Response:
    """As a browser does, on a connection of its own."""
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, headers={"Cookie": cookie} if cookie else {}) as browser:
        page = browser.get("/sign-in/" if not cookie else "/password/")
        csrf = page.cookies["csrftoken"]
        cookies = f"{cookie}; csrftoken={csrf}" if cookie else f"csrftoken={csrf}"
        return browser.post(path, data=form, headers={"Cookie": cookies, "X-CSRFToken": csrf})


def test_v9d_workers_count_together(server: Server) -> None:
    """N workers allowed N times as much."""

    def attempt(number: int) -> int:
        form = {"username": "mina@harbourpool.example", "password": "wrong"}
        return posted(server.url, "/admin/login/" if number % 2 else "/sign-in/", form).status_code

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        found = sorted(crowd.map(attempt, range(AT_ONCE)))
    assert found == [200] * TRIES + [429] * (AT_ONCE - TRIES)


async def test_v11_what_a_token_made_ends_on_the_stream_with_it(site: Site) -> None:
    """The child lived on when its parent was revoked."""
    wish = {"name": "T", "scopes": ["read", "write"]}
    parent = site.http.post("/api/tokens/", json=wish, headers=site.bearer("ana")).json()
    by = {"Authorization": f"Bearer {parent['token']}"}
    child = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["read"]}, headers=by).json()
    async with site.talk(Authorization=f"Bearer {child['token']}") as talk, site.talk("ana") as stays:
        assert (await talk.hello())["type"] == "welcome"
        assert (await stays.hello())["type"] == "welcome"
        assert site.http.delete(f"/api/tokens/{parent['id']}/", headers=site.bearer("ana")).status_code == 204
        assert (await talk.until("bye"))["code"] == 4101
        await stays.send({"type": "unsubscribe", "id": 2, "service": "inbox", "topic": "me"})
        assert (await stays.next())["type"] == "unsubscribed"


def test_v11_a_token_that_makes_others_all_the_time_ends(site: Site) -> None:
    """Each child came between looking for children and the parent's end: 500, and the token lived on."""
    wish = {"name": "T", "scopes": ["read", "write"]}
    parent = site.http.post("/api/tokens/", json=wish, headers=site.bearer("tomas")).json()

    def breed(number: int) -> list[str]:
        with site.browser(Authorization=f"Bearer {parent['token']}") as program:
            made = []
            while (answer := program.post("/api/tokens/", json=wish)).status_code == 201:
                made.append(answer.json()["token"])
            # A wrong token by now; and of those this address may send only so many, whichever test sends them.
            assert answer.status_code in (401, 429)
            return made

    with ThreadPoolExecutor(4) as crowd:
        breeding = [crowd.submit(breed, number) for number in range(4)]
        eventually(lambda: len(tokens_of(site, "tomas")) > 8, "children are made")
        gone = site.http.delete(f"/api/tokens/{parent['id']}/", headers=site.bearer("tomas"))
        children = [token for one in breeding for token in one.result(PATIENCE_SECONDS)]
    assert gone.status_code == 204
    assert children
    assert [token["name"] for token in tokens_of(site, "tomas")] == ["Demo"]


def tokens_of(site: Site, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.http.get("/api/tokens/", headers=site.bearer(name)).json()["results"]
    return found


async def test_v11_without_read_every_subscription_is_refused(site: Site) -> None:
    thing = site.new_thing(visibility="public")
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["write"]}, headers=site.bearer("ana")).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    ticket = site.http.post("/api/stream/tickets/", headers=bearer).json()["ticket"]
    wanted = [("things", thing), ("presence", thing), ("gallery", thing), ("inbox", "me"), ("monitor", "connections")]
    subscriptions = [{"service": service, "topic": topic} for service, topic in wanted]
    async with site.talk(**bearer) as talk, site.talk() as by_ticket:
        for one, more in ((talk, {}), (by_ticket, {"ticket": ticket})):
            outcomes = (await one.hello(*subscriptions, **more))["subscriptions"]
            assert {(outcome["status"], outcome["code"]) for outcome in outcomes} == {("refused", "forbidden")}


async def test_v11_renewed_by_a_token_without_read_every_topic_ends(site: Site) -> None:
    thing = site.new_thing()
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["write"]}, headers=site.bearer("ana")).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    ticket = site.http.post("/api/stream/tickets/", headers=bearer).json()["ticket"]
    async with site.talk("ana") as talk:
        await talk.hello({"service": "things", "topic": thing})
        await talk.send({"type": "authenticate", "id": 2, "ticket": ticket})
        ended = await talk.until("unsubscribed")
        assert (ended["topic"], ended["code"], ended["purge"]) == (thing, "forbidden", True)


async def test_v19_a_change_and_signing_out_everywhere_end_the_streams_of_other_sessions(site: Site) -> None:
    """4102, on every worker; what was opened by a token goes on where its box is not ticked."""
    new = "lanterns over water"
    here, elsewhere = site.cookie("tomas"), site.cookie("tomas")
    async with site.talk(Cookie=elsewhere, Origin=site.server.url) as talk, site.talk("tomas") as program:
        await talk.hello()
        await program.hello()
        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        changed = posted(site.server.url, "/password/", form, here)
        assert (changed.status_code, changed.headers["Location"]) == (302, "/password/changed/")
        assert (await talk.until("bye"))["code"] == 4102
        here = f"sessionid={changed.cookies['sessionid']}"
        async with site.talk(Cookie=here, Origin=site.server.url) as stays:
            await stays.hello()
            assert posted(site.server.url, "/sign-out/everywhere/", {}, here).status_code == 302
            assert (await stays.until("bye"))["code"] in (4101, 4102)
        await program.send({"type": "unsubscribe", "id": 2, "service": "inbox", "topic": "me"})
        assert (await program.next())["type"] == "unsubscribed"


async def test_wrong_tokens_shut_the_stream_to_their_address_and_right_ones_do_not_notice(site: Site) -> None:
    async def refusal() -> int:
        async with site.talk(Authorization="Bearer wap_no") as talk:
            return int((await talk.hello())["code"])

    for _ in range(60):
        if (code := await refusal()) != 4101:
            break
    assert code == 4202
    shut = site.http.get("/api/me/", headers={"Authorization": "Bearer wap_no"})
    assert (shut.status_code, shut.json()["code"]) == (429, "throttled"), "HTTP counts with it"
    async with site.talk("ana") as talk:
        assert (await talk.hello())["type"] == "welcome"


UNREADABLE = [
    "accounts/user/?email_key=%00",
    "accounts/user/?name__regex=(",
    "things/thing/?title__in=%00",
    "things/widget/?fields__a__contains=%00",
    "things/membership/add/?user=%00",
]


def test_v16_what_the_database_cannot_read_is_a_bad_request(site: Site) -> None:
    """500 and a traceback, on PostgreSQL."""
    with site.browser(Cookie=site.cookie("admin")) as desk:
        found = {path: desk.get(f"/admin/{path}").status_code for path in UNREADABLE}
    assert set(found.values()) == {400}, found


class Run:
    """`./run` in a folder of its own, with the Python that runs the tests."""

    def __init__(self, folder: Path, database: Path, *arguments: str, **settings: str) -> None:
        (folder / "scripts").mkdir(exist_ok=True)
        shutil.copy(ROOT / "run", folder)
        (folder / "manage.py").unlink(missing_ok=True)
        (folder / "manage.py").symlink_to(ROOT / "manage.py")
        (folder / "scripts" / "python.sh").write_text(f"ensure_python() {{ python={sys.executable}; }}\n")
        kept = {name: value for name, value in environment_of(database).items() if name not in ("DEBUG", "DEMO")}
        environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        self.log = folder / "said"
        with self.log.open("w") as said:
            command = ["sh", "./run", "--port", str(free_port()), *arguments]
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        eventually(self._answers, "it answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.said
        if found := re.search(r"^url (\S+)/$", self.said, re.MULTILINE):
            self.url = found[1]
            with suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/healthz", timeout=PATIENCE_SECONDS).status_code == 200
        return False

    @property
    def said(self) -> str:
        return self.log.read_text()

    def sign_ins(self) -> dict[str, str]:
        return dict(re.findall(r'^user (\S+) "(.*)"$', self.said, re.MULTILINE))

    def sign_in(self, email: str, password: str, path: str = "/sign-in/") -> bool:
        return posted(self.url, path, {"username": email, "password": password}).status_code == 302

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *error: Any) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)


@pytest.mark.process
def test_v13_on_a_host_that_others_reach_run_is_no_demo(tmp_path: Path) -> None:
    """It made a superuser whose password stands in the README, for every neighbour. Here was a demo at home before."""
    database = tmp_path / "run.sqlite3"
    shutil.copy(seeded_database()[0], database)
    with Run(tmp_path, database, "--host", "127.0.0.2", "--no-demo") as run:
        assert run.sign_ins() == {}
        assert "token" not in run.said
        for who in ("admin", "ana"):
            assert not run.sign_in(f"{who}@harbourpool.example", PASSWORD, "/admin/login/")
            assert not run.sign_in(f"{who}@harbourpool.example", PASSWORD)
        assert posted(run.url, "/demo/", {}).status_code == 404
        assert (
            httpx.get(f"{run.url}/healthz", headers={"Host": "elsewhere.example"}, timeout=PATIENCE_SECONDS).status_code
            == 400
        )
        assert "--admin EMAIL" in run.said


@pytest.mark.process
def test_v13_what_is_asked_for_has_random_passwords_that_are_told_once(tmp_path: Path) -> None:
    database, asked = tmp_path / "run.sqlite3", ("--host", "127.0.0.2", "--demo", "--admin", "me@example.org")
    with Run(tmp_path, database, *asked) as run:
        told = run.sign_ins()
        assert len(told) == len(set(told.values())) == 7
        assert PASSWORD not in told.values()
        assert run.sign_in("me@example.org", told["me@example.org"], "/admin/login/")
        assert not run.sign_in("admin@harbourpool.example", told["admin@harbourpool.example"], "/admin/login/")
        assert run.sign_in("ana@harbourpool.example", told["ana@harbourpool.example"])
        assert posted(run.url, "/demo/", {}).status_code == 302
    with Run(tmp_path, database, *asked) as again:
        assert again.sign_ins() == {}
        assert again.sign_in("me@example.org", told["me@example.org"], "/admin/login/")


@pytest.mark.process
def test_v13_no_demo_is_no_demo_at_home_either(tmp_path: Path) -> None:
    """It still offered the one-click sign-in: a stranger got an account."""
    with Run(tmp_path, tmp_path / "run.sqlite3", "--no-demo") as run:
        assert posted(run.url, "/demo/", {}).status_code == 404
        assert "user " not in run.said


@pytest.mark.process
def test_v13_the_demo_of_production_makes_no_superuser(tmp_path: Path) -> None:
    """`manage.py demo` had no guard."""
    production = {**environment_of(tmp_path / "p.sqlite3"), "DEBUG": "false", "SECRET_KEY": os.urandom(40).hex()}
    manage(production, "migrate", "-v0")
    said = manage(production, "demo")
    assert PASSWORD not in said
    assert len(re.findall(r'^user \S+ "\S{20}"$', said, re.MULTILINE)) == 6
    count = "from accounts.models import *; print(User.objects.filter(is_staff=True).count())"
    assert manage(production, "shell", "-v0", "-c", count).strip() == "0"
    assert '"' not in "".join(re.findall(r"^user .*$", manage(production, "demo"), re.MULTILINE)), "told once"


@pytest.mark.process
def test_v13_setup_makes_what_a_server_needs_and_no_more(tmp_path: Path) -> None:
    production = {**environment_of(tmp_path / "p.sqlite3"), "DEBUG": "false", "SECRET_KEY": os.urandom(40).hex()}
    production["STATIC_ROOT"] = str(tmp_path / "static")
    first = manage(production, "setup", "--admin", "me@example.org")
    assert re.search(r'^user me@example\.org "\S{20}"$', first, re.MULTILINE)
    assert "static files are collected" in first
    assert (tmp_path / "static" / "site" / "look.css").exists()
    second = manage(production, "setup", "--admin", "ME@example.org")
    assert re.search(r"^user me@example\.org$", second, re.MULTILINE), "who is here keeps the password they have"

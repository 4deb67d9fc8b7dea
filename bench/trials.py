"""What people notice, in seconds, where the tests only ask whether: rights that end, and floods.

    .venv/bin/python -m bench.trials [revocation|floods] [--rounds 9]

One JSON line each. `revocation`: twelve ways to lose the right to a Thing a round, while it changes, on two workers,
with Redis and then without; seconds from the answer to the request that took the right to the last private frame, and
to the word that ended the stream. `floods`: what a client that edits twenty times a second waits for its own changes,
before and while somebody floods the same worker.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.elsewhere import Elsewhere
from tests.servers import Redis, Server
from tests.streaming.conftest import Site
from tests.streaming.floods import FLOODS, struck
from tests.streaming.trials import play
from tests.streaming.viewers import Trial

QUIET_SECONDS = 3.0


def percentiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p50": round(statistics.median(seconds), 3), f"{name}_p100": round(max(seconds), 3)}


def reported(way: str, trials: Sequence[Trial]) -> dict[str, Any]:
    slowest = max(trials, key=lambda trial: trial.took)
    return {
        "bench": "revocation",
        "way": way,
        "trials": len(trials),
        **percentiles("last_frame", [trial.late for trial in trials]),
        **percentiles("ended", [trial.took for trial in trials]),
        "slowest": slowest.viewer.name,
    }


def revocation(directory: Path, rounds: int) -> None:
    for way in ("redis", "sweep"):
        with served(directory / way, workers=2, STREAM_CONNECTIONS_PER_ADDRESS="1000") as (site, redis):
            if way == "sweep":
                redis.kill()
            with contextlib.closing(Elsewhere(site.server)) as elsewhere:
                trials = [trial for _ in range(rounds) for trial in asyncio.run(play(site, elsewhere))]
        print(json.dumps(reported(way, trials)), flush=True)


def floods(directory: Path, rounds: int) -> None:
    for name in FLOODS:
        for turn in range(rounds):
            with served(directory / f"{name} {turn}", workers=1) as (site, _):
                print(json.dumps({"bench": "floods", **asyncio.run(struck(site, name, QUIET_SECONDS))}), flush=True)


@contextlib.contextmanager
def served(directory: Path, *, workers: int, **settings: str):  # type: ignore[no-untyped-def]
    directory.mkdir()
    redis = Redis()
    server = Server(directory, workers=workers, redis=redis, altered={}, **settings)
    site = Site(server)
    try:
        yield site, redis
    finally:
        site.http.close()
        server.stop()
        redis.kill()


BENCHES: dict[str, Callable[[Path, int], None]] = {"revocation": revocation, "floods": floods}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", nargs="?", choices=BENCHES)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="widgetapp-trials.") as directory:
        for name in [asked.bench] if asked.bench else BENCHES:
            BENCHES[name](Path(directory), asked.rounds)


if __name__ == "__main__":
    main()

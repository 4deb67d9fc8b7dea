"""Requests of one address: a bucket that cannot be pushed out."""

from widgetapp.edge.rates import SWEEP_ENTRIES, Rates


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_has_its_minute_at_once_and_then_its_rate() -> None:
    clock = Clock()
    rates = Rates(60, clock)
    assert [rates.wait_seconds("a") for _ in range(61)] == [0] * 60 + [1]
    assert rates.wait_seconds("b") == 0
    clock.now += 1
    assert [rates.wait_seconds("a") for _ in range(2)] == [0, 1]
    clock.now += 3600
    assert [rates.wait_seconds("a") for _ in range(61)] == [0] * 60 + [1]


def test_strangers_neither_fill_the_memory_nor_push_anybody_out() -> None:
    clock = Clock()
    rates = Rates(60, clock)
    for _ in range(60):
        rates.wait_seconds("flooder")
    for number in range(20 * SWEEP_ENTRIES):
        clock.now += 0.001
        rates.wait_seconds(f"stranger {number}")
    assert len(rates) <= 4 * SWEEP_ENTRIES
    waited = rates.wait_seconds("flooder")
    assert waited == 0, "20 s brought 20 tokens"
    assert [rates.wait_seconds("flooder") for _ in range(30)].count(0) <= 20

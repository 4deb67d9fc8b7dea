"""Siblings stay in painting order while they are re-keyed, as if they were sorted anew each time."""

import random

import pytest

from things.document.siblings import Moved, Siblings


@pytest.mark.parametrize("seed", range(5))
def test_sorted_after_any_change(seed: int) -> None:
    chance = random.Random(seed)
    keys = {f"w{number:03}": f"a{chance.randrange(50):02}" for number in range(300)}
    siblings = Siblings(dict(keys))
    for _ in range(60):
        for _ in range(chance.choice((1, 2, 40))):
            widget = f"w{chance.randrange(320):03}"
            key = chance.choice((None, f"a{chance.randrange(50):02}"))
            siblings.rekey(widget, key)
            keys[widget] = key or ""
            if key is None:
                del keys[widget]
        assert siblings.keys == keys
        assert siblings.ordered() == sorted((key, widget) for widget, key in keys.items())


@pytest.mark.parametrize("seed", range(20))
def test_moved_is_looked_at_as_if_it_were_copied(seed: int) -> None:
    chance = random.Random(seed)
    ordered = [(f"a{number:02}", f"w{number}") for number in range(30)]
    positions = sorted(chance.sample(range(30), chance.randrange(1, 30)))
    others = [one for index, one in enumerate(ordered) if index not in positions]
    place = chance.randint(0, len(others))
    wanted = others[:place] + [ordered[position] for position in positions] + others[place:]
    assert list(Moved(ordered, positions, place).between(0, 30)) == wanted

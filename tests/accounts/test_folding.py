"""Search keys: the same for every way of writing the same words."""

import unicodedata
from itertools import chain

from accounts.folding import fold, plain, search_key

# Where letters have cases, compatible forms or parts.
LETTERED = [range(0x3400), range(0xA640, 0xABC0), range(0xF900, 0x10600), range(0x1D400, 0x1D800)]


def test_every_letter_folds_like_its_other_forms() -> None:
    """Upper and lower case, composed and decomposed, compatibility forms; folding twice changes nothing."""
    for number in chain.from_iterable(LETTERED):
        letter = chr(number)
        folded = fold(letter)
        forms = [folded, letter.upper(), letter.lower()]
        forms += [unicodedata.normalize(form, letter) for form in ("NFC", "NFD", "NFKC", "NFKD")]
        assert {fold(form) for form in forms} == {folded}, hex(number)


def test_spaces_and_what_is_not_seen_do_not_matter() -> None:
    assert fold("  Har\u00adbour\u3000\t pool\u200d\x00 ") == "harbour pool"
    assert fold("☂\ufe0f") == "☂"


def test_accents_are_stripped_where_they_are_accents() -> None:
    assert plain(fold("Żółć Ἀρχή ёлка")) == "zołc αρχη елка"
    assert plain(fold("हिन्दी がくせい นี้")) == fold("हिन्दी がくせい นี้")


def test_a_key_has_the_words_with_and_without_accents() -> None:
    assert search_key("Ecole") == "ecole"
    assert search_key("École") == "école\necole"

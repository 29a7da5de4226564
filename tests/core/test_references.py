import re

from hypothesis import given
from hypothesis import strategies as st

from core.references import ALPHABET, check_character, new_reference, normalise_reference


def test_reference_has_prefix_body_and_check_character():
    assert re.fullmatch(r"KH-[0-9A-HJKMNP-TV-Z]{8}-[0-9A-HJKMNP-TV-Z]", new_reference("KH"))


def test_reference_is_read_with_forgivable_slips():
    body = "10AB2CD3"
    reference = f"KH-{body}-{check_character(body)}"
    assert normalise_reference(f" kh-lOab 2cd3{check_character(body)} ") == reference


def test_reference_with_a_wrong_check_character_is_refused():
    body = "10AB2CD3"
    wrong = ALPHABET[(ALPHABET.index(check_character(body)) + 1) % 32]
    assert normalise_reference(f"KH-{body}-{wrong}") == ""
    assert normalise_reference("KH") == ""
    assert normalise_reference("") == ""


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(body, place, other):
    slipped = body[:place] + other + body[place + 1 :]
    assert (check_character(slipped) == check_character(body)) == (slipped == body)


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 6))
def test_two_swapped_neighbours_are_always_noticed(body, place):
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert (check_character(swapped) == check_character(body)) == (swapped == body)

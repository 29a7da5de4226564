import pytest

from core.spreadsheets import guarded, unguarded

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "'=1", "-"]
PLAIN = ["", "Loaf", "-12.50", "+886 912 345", "-1,000", "O'Neil", "'tis", "1=1", "a@b.example"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_written_as_text_and_read_as_it_was(text):
    assert guarded([text]) == [f"'{text}"]
    assert unguarded(f"'{text}") == text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_other_texts_are_left_alone(text):
    assert guarded([text]) == [text]
    assert unguarded(text) == text


def test_what_is_no_text_is_left_alone():
    assert guarded([-5, None, 1.5]) == [-5, None, 1.5]

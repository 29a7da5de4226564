import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.phones import looks_like_a_phone


@pytest.mark.parametrize("value", ["07700 900118", "+886 (0)7 285-1111 #204", "02.555.1234 내선 3", "１２３４５"])
def test_numbers_as_people_write_them_are_taken(value):
    assert forms.CharField(validators=[looks_like_a_phone]).clean(value) == value


@pytest.mark.parametrize("value", ["abc", "call me", "1234"])
def test_what_nobody_can_ring_is_refused(value):
    with pytest.raises(ValidationError, match="all its digits"):
        looks_like_a_phone(value)

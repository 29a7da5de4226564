from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    as_decimal,
    as_minor,
    as_typed,
    format_amount,
    format_money,
    is_whole_in_daily_use,
    rate_of,
    share,
    tax_inside,
)


def test_format_money_follows_the_language():
    assert format_money(123400, "TWD", "zh-hant") == "$1,234"
    assert format_money(123450, "TWD", "en") == "NT$1,234.50"
    assert format_money(15000, "KRW", "ko") == "₩15,000"
    assert format_money(1299, "GBP", "en") == "£12.99"
    assert format_money(1200, "GBP", "en") == "£12.00"
    assert format_money(49900, "SEK", "en") == "SEK499"


def test_amounts_without_a_sign_and_as_people_type_them():
    assert [format_amount(amount, "TWD", "zh-hant") for amount in (123400, 123450, 0)] == ["1,234", "1,234.50", "0"]
    assert [format_amount(123400, currency, "en") for currency in ("GBP", "KRW")] == ["1,234.00", "123,400"]
    assert [as_typed(41200, currency) for currency in ("TWD", "GBP", "KRW")] == ["412", "412.00", "41200"]
    assert [as_typed(amount, "TWD") for amount in (41250, -41200)] == ["412.50", "-412"]


def test_daily_use_leaves_hundredths_away_where_cash_has_none():
    left_away = {currency: is_whole_in_daily_use(currency) for currency in ("TWD", "HUF", "IDR", "GBP", "KRW", "KWD")}
    assert left_away == {"TWD": True, "HUF": True, "IDR": True, "GBP": False, "KRW": False, "KWD": False}


def test_rates_round_half_even_once():
    assert rate_of(50, 500) == 2  # 2.5 goes to the even 2
    assert rate_of(150, 500) == 8  # 7.5 goes to the even 8
    assert tax_inside(1200, 2000) == 200
    assert tax_inside(105, 500) == 5


def test_share_gives_larger_remainders_first():
    assert share(100, [1, 1, 1]) == [34, 33, 33]
    assert share(7, [3, 5, 9]) == [1, 2, 4]
    assert share(10, [0, 0]) == [10, 0]
    assert share(5, []) == []


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_shares_add_up_to_the_whole(total, weights):
    assert sum(share(total, weights)) == total


@given(st.integers(-(10**12), 10**12), st.sampled_from(["GBP", "KRW", "TWD", "KWD"]))
def test_minor_units_survive_the_way_there_and_back(amount, currency):
    assert as_minor(as_decimal(amount, currency), currency) == amount

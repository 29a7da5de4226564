"""Which good answers a wish."""

from decimal import Decimal

import pytest

from martunion_connector import choosing
from martunion_connector.choosing import Manner, Shelf, Shop, answer_from, best_item, fits
from martunion_connector.items import Item
from martunion_connector.words import words_in

SHOP = Shop("GBP", 2)


def good(title, price="25", **more):
    words = more.pop("words", "")
    return Item(title, Decimal(price), known_as=frozenset(words_in(f"{title} {words}")), **more)


GOODS = (
    good("Brass lamp screw", "0.10"),
    good("Brass lamp", "25", sku="LAMP-1", stock=3),
    good("Brass lamp", "24", sku="LAMP-2", stock=1),
    good("Oak shelves", "40", words="wood wall"),
    good("Used brass lamp", "9", is_used=True),
    good("黃銅檯燈", "30"),
)


def found(words, *, share=1.0, **call):
    item = best_item(Shelf(GOODS), {"words": words, "quantity": 1, "budget": None, **call}, SHOP, Manner(share=share))
    return None if item is None else (item.title, item.price)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("I am looking for two brass lamps", "Brass lamp"),
        ("BRASS LÂMP", "Brass lamp"),
        ("wooden shelf", None),
        ("shelf of wood", "Oak shelves"),
        ("檯燈", "黃銅檯燈"),
        ("黃銅燈", None),
        ("brass lamp with shade", None),
        ("the a of", None),
        ("", None),
    ],
)
def test_all_significant_words_have_to_be_said(words, title):
    answer = found(words)
    assert (answer[0] if answer else None) == title


def test_a_shop_may_be_content_with_a_share_of_the_words():
    assert found("brass lamp with shade", share=0.6) == ("Brass lamp", Decimal(24))
    assert found("green shade", share=0.6) is None


def test_budget_is_for_all_pieces_with_delivery():
    gbp = lambda amount: {"amount": amount, "currency": "GBP"}  # noqa: E731
    assert found("brass lamp", budget=gbp(2400)) == ("Brass lamp", Decimal(24))
    assert found("brass lamp", quantity=2, budget=gbp(5000)) == ("Brass lamp", Decimal(25))
    assert found("brass lamp", quantity=2, budget=gbp(4999), condition="new") == ("Brass lamp screw", Decimal("0.10"))
    assert found("oak shelf", budget=gbp(3999)) is None
    assert found("oak shelf", budget={"amount": 1, "currency": "KRW"}) == ("Oak shelves", Decimal(40))
    sent = (good("Rope", "2", delivery=Decimal(3)),)
    wish = {"words": "rope", "quantity": 2, "budget": gbp(699)}
    assert best_item(Shelf(sent), wish, SHOP, Manner()) is None
    assert best_item(Shelf(sent), {**wish, "budget": gbp(700)}, SHOP, Manner()) == sent[0]


def test_stock_and_condition_are_kept_to():
    assert found("brass lamp", quantity=3) == ("Brass lamp", Decimal(25))
    assert found("oak shelf", quantity=500) == ("Oak shelves", Decimal(40))
    assert found("brass lamp", condition="used") == ("Used brass lamp", Decimal(9))
    assert found("used brass lamp", condition="new") is None


def test_an_answer_says_what_the_list_says():
    manner = Manner(valid_minutes=30, words="Until six.")
    assert answer_from(good("Lamp", "12.5", sku="L", delivery=Decimal("3.5"), is_used=True), SHOP, manner) == {
        "title": "Lamp",
        "price": 1250,
        "sku": "L",
        "delivery": 350,
        "used": True,
        "words": "Until six.",
        "valid_minutes": 30,
    }
    assert answer_from(good("Lamp", "1200", sku="L"), Shop("KRW", 0), Manner(gives_sku=False)) == {
        "title": "Lamp",
        "price": 1200,
    }


def test_of_a_large_list_only_what_says_the_words_is_looked_at(monkeypatch):
    many = [good(f"Book {number} about {number % 97} things", "9", stock=1) for number in range(20_000)]
    shelf = Shelf([*many, *GOODS])
    looked_at = []
    monkeypatch.setattr(choosing, "fits", lambda item, *of: looked_at.append(item) or fits(item, *of))
    for number in range(100):
        wish = {"words": f"book {number * 7}", "quantity": 1}
        assert best_item(shelf, wish, SHOP, Manner()).title == f"Book {number * 7} about {number * 7 % 97} things"
    assert best_item(shelf, {"words": "brass lamp", "quantity": 3}, SHOP, Manner()) == GOODS[1]
    assert len(looked_at) < len(many)

"""Conditions that combine, and which rule speaks: pure, compared with a naive interpreter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.conditions import LEAVES, Facts, Rule, check, choose, holds
from chat.forms.rules import groups_of
from chat.presenting.rules import in_words
from core.errors import Invalid
from unions.visits import CART, DWELL, PAGE, PRODUCT, SEARCH, VISIT_ENDS, Event, Visit

NUMBERS = ["cart_value", "item_value", "pages", "empty_searches", "time_on_page", "visits", "within_km"]
FLAGS = ["first_visit", "signed_in", "member", "manager_present"]
small = st.integers(0, 5)
leaves = st.one_of(
    st.fixed_dictionaries({"if": st.sampled_from(NUMBERS), "value": small}),
    st.fixed_dictionaries({"if": st.sampled_from(FLAGS), "value": st.booleans()}),
    st.fixed_dictionaries({"if": st.just("page"), "value": st.sampled_from(["/", "/tea/", "/tea/oolong/"])}),
    st.fixed_dictionaries({"if": st.just("product"), "value": st.sampled_from(["tea/oolong", "tea/green"])}),
    st.fixed_dictionaries({"if": st.sampled_from(["list", "code"]), "value": st.sampled_from(["", "vip", "fair"])}),
    st.fixed_dictionaries({"if": st.just("hour"), "value": st.lists(st.integers(0, 24), min_size=2, max_size=2)}),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)
worlds = st.fixed_dictionaries(
    {
        "cart": small,
        "item": small,
        "seen": small,
        "searches": small,
        "seconds": small,
        "visits": small,
        "pages": st.lists(st.sampled_from(["/", "/tea/", "/tea/oolong/", "/cart/"]), unique=True),
        "products": st.lists(st.sampled_from(["tea/oolong", "tea/green"]), unique=True),
        "signed_in": st.booleans(),
        "member": st.booleans(),
        "there": st.booleans(),
        "lists": st.frozensets(st.sampled_from(["vip", "fair"])),
        "codes": st.frozensets(st.sampled_from(["vip", "fair"])),
        "hour": st.integers(0, 23),
        "north": st.none() | st.integers(0, 1),
    }
)


def facts_of(world):
    visit = Visit(
        cart=world["cart"],
        item=world["item"],
        seen=world["seen"],
        empty_searches=world["searches"],
        seconds=world["seconds"],
        visits=world["visits"],
        pages=dict.fromkeys(world["pages"], 1),
        products=dict.fromkeys(world["products"], 1),
    )
    return Facts(
        visit=visit,
        hour=world["hour"],
        signed_in=world["signed_in"],
        ask_member=lambda: world["member"],
        ask_lists=lambda: world["lists"],
        ask_codes=lambda: world["codes"],
        present=lambda store: world["there"],
        place=None if world["north"] is None else (world["north"] * 0.02, 0.0),
        store_place=(0.0, 0.0),
    )


def naively(tree, world):
    """What a tree means, written out as a person would read it: every part is looked at, nothing is shared."""
    if "all" in tree:
        return [naively(part, world) for part in tree["all"]].count(False) == 0
    if "any" in tree:
        return [naively(part, world) for part in tree["any"]].count(True) > 0
    if "not" in tree:
        return naively(tree["not"], world) is False
    name, value = tree["if"], tree["value"]
    if name in ("list", "code"):
        own = world["lists"] if name == "list" else world["codes"]
        return len(own) > 0 if value == "" else value in own
    if name == "hour":
        hours = set()
        at = value[0]
        while at % 24 != value[1] % 24:
            hours.add(at % 24)
            at += 1
        if value == [0, 24]:
            hours = set(range(24))
        return world["hour"] in hours
    return {
        "cart_value": lambda: world["cart"] >= value,
        "item_value": lambda: world["item"] >= value,
        "pages": lambda: world["seen"] >= value,
        "empty_searches": lambda: world["searches"] >= value,
        "time_on_page": lambda: world["seconds"] >= value,
        "visits": lambda: world["visits"] >= value,
        "within_km": lambda: world["north"] is not None and (0 if world["north"] == 0 else 2.2239) <= value,
        "first_visit": lambda: (world["visits"] in (0, 1)) == value,
        "signed_in": lambda: world["signed_in"] == value,
        "member": lambda: world["member"] == value,
        "manager_present": lambda: world["there"] == value,
        "page": lambda: [page for page in world["pages"] if page[: len(value)] == value] != [],
        "product": lambda: value in world["products"],
    }[name]()


@settings(max_examples=400)
@given(tree=trees, world=worlds)
def test_evaluation_equals_a_naive_interpreter(tree, world):
    assert holds(tree, facts_of(world)) is naively(tree, world)


@settings(max_examples=100)
@given(tree=trees)
def test_a_generated_tree_is_a_valid_one_or_too_deep(tree):
    try:
        assert check(tree) == tree
    except Invalid as refusal:
        assert refusal.field == "conditions"
    assert in_words(tree, "TWD")


@pytest.mark.parametrize(
    ("tree", "at"),
    [
        ([], "conditions"),
        ({"all": []}, "conditions"),
        ({"all": [{}]}, "conditions.all[0]"),
        ({"any": [{"if": "moon", "value": 1}]}, "conditions.any[0]"),
        ({"not": {"if": "cart_value", "value": -1}}, "conditions.not"),
        ({"if": "cart_value", "value": True}, "conditions"),
        ({"if": "cart_value", "value": 1, "more": 1}, "conditions"),
        ({"if": "member", "value": 1}, "conditions"),
        ({"if": "hour", "value": [9]}, "conditions"),
        ({"if": "hour", "value": [9, 25]}, "conditions"),
        ({"if": "page", "value": "tea"}, "conditions"),
        ({"if": "product", "value": "/tea/oolong/"}, "conditions"),
        ({"if": "list", "value": "a\x00"}, "conditions"),
        ({"all": [{"if": "member", "value": True}], "any": []}, "conditions"),
        (
            {"not": {"not": {"not": {"not": {"not": {"not": {"if": "member", "value": True}}}}}}},
            "conditions" + ".not" * 6,
        ),
        ({"all": [{"any": [{"if": "visits", "value": 1}] * 21}] * 2}, "conditions"),
    ],
)
def test_a_wrong_tree_is_refused_and_says_where(tree, at):
    with pytest.raises(Invalid) as refusal:
        check(tree)
    assert refusal.value.facts["at"] == at


def rule(ref="R", **fields):
    return Rule(pk=1, **{"ref": ref, "store": "", "conditions": {}, **fields})


def visited(*events, at=1000.0):
    visit = Visit()
    for n, event in enumerate(events or [Event(PAGE, at, page="/tea/")]):
        visit.add(event if isinstance(event, Event) else Event(PAGE, at + n, page=event))
    return visit


def test_a_rule_speaks_again_after_its_cooldown_up_to_its_limit():
    visit, own = visited(), rule(cooldown=600.0, limit=2)
    spoke = []
    for now in range(1000, 5000, 100):
        if choose([own], Facts(visit=visit), now=now) is not None:
            visit.meet(own.ref, at=now)
            spoke.append(now)
    assert spoke == [1000, 1600]


def test_one_rule_at_a_time_and_the_first_in_order():
    visit, rules = visited(), [rule("A"), rule("B")]
    assert choose(rules, Facts(visit=visit), now=1000).ref == "A"
    visit.meet("A", at=1000)
    assert choose(rules, Facts(visit=visit), now=1030) is None
    assert choose(rules, Facts(visit=visit), now=1061).ref == "B"


def test_a_rule_speaks_between_its_dates_only():
    own = rule(begins=2000.0, ends=3000.0)
    assert [choose([own], Facts(visit=visited()), now=now) is not None for now in (1999, 2000, 2999, 3000)] == [
        False,
        True,
        True,
        False,
    ]


def test_nobody_there_means_silence_unless_the_rule_asks_for_it():
    nobody = Facts(visit=visited(), present=lambda store: False)
    assert choose([rule()], nobody, now=1000) is None
    assert choose([rule(conditions={"if": "manager_present", "value": False})], nobody, now=1000) is not None


def test_a_stores_rule_speaks_on_its_own_pages_only():
    own = rule(store="tea")
    assert choose([own], Facts(visit=visited("/tea/oolong/")), now=1000) is own
    assert choose([own], Facts(visit=visited("/tea/", "/cart/")), now=1000) is None
    assert choose([own], Facts(visit=visited("/teapots/")), now=1000) is None


def test_events_change_the_summary():
    visit = visited(
        Event(PAGE, 100, page="/"),
        Event(PRODUCT, 110, page="/tea/oolong/", product="tea/oolong", value=900),
        Event(DWELL, 130, page="/tea/oolong/", seconds=20),
        Event(DWELL, 131, page="/", seconds=99),
        Event(SEARCH, 140, page="/search/", words="puerh", results=0),
        Event(CART, 150, page="/cart/", value=1800),
    )
    assert (visit.visits, visit.item, visit.seconds, visit.cart, visit.empty_searches) == (1, 900, 20, 1800, 1)
    assert (visit.words, visit.products, visit.pages) == ("puerh", {"tea/oolong": 1}, {"/": 1, "/tea/oolong/": 1})
    visit.add(Event(PAGE, 150 + VISIT_ENDS + 1, page="/"))
    assert (visit.visits, visit.item, visit.seconds, visit.cart, visit.empty_searches) == (2, 0, 0, 1800, 0)
    assert Visit.from_text(visit.to_text()) == visit


def test_a_summary_stays_small():
    visit = visited(*(f"/{n}/" for n in range(500)))
    assert len(visit.pages) == 60
    assert "/499/" in visit.pages


@pytest.mark.parametrize("name", LEAVES)
def test_every_condition_has_words(name):
    assert in_words({"if": name, "value": [9, 18] if name == "hour" else 1}, "GBP")


def test_the_editor_shows_what_it_can_and_leaves_the_rest():
    one = {"if": "member", "value": True}
    assert groups_of({}) == ("all", [])
    assert groups_of(one) == ("all", [("all", [one])])
    assert groups_of({"any": [one, {"not": {"any": [one]}}]}) == ("any", [("any", [one]), ("none", [one])])
    assert groups_of({"all": [{"not": {"all": [one, {"not": one}]}}]}) == ("all", None)

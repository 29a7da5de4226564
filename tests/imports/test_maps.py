import pytest

from core.importing.maps import BadMap, Field, read_map
from core.importing.reading import RawRow

FIELDS = {
    "number": Field("code", required=True, longest=8),
    "at": Field("time"),
    "price": Field("money"),
    "quantity": Field("integer", default=1),
    "state": Field("code", default="open", choices=frozenset({"open", "done"})),
    "open": Field("boolean"),
    "tags": Field("list", default=[]),
    "note": Field("text", default="", longest=5),
}


@pytest.fixture
def chart(tmp_path):
    def read(text: str, union: str = "here"):
        file = tmp_path / "map.toml"
        file.write_text(text)
        return read_map(file, kind="things", fields=FIELDS, union=union, currency_of=lambda slug: "GBP")

    return read


def applied(chart, **cells):
    return chart.apply(RawRow("f.csv", 2, cells))


def test_columns_constants_tables_and_continental_numbers(chart):
    one = chart("""
[file]
decimal = ","
thousands = "."
time = "%d.%m.%Y %H:%M"
time_zone = "Asia/Taipei"
[columns]
number = "Nr"
at = "Am"
price = "Preis"
state = "Stand"
tags = "Worte"
note = "Wort"
[constants]
open = "yes"
quantity = 3
[values.state]
fertig = "done"
""")
    record = applied(
        one, Nr="7", Am="02.03.2026 18:30", Preis="1.234,50", Stand="fertig", Worte="a; b,c", Wort="langsam"
    )
    assert record.outcome == ""
    assert record.values == {
        "number": "7",
        "at": "2026-03-02T18:30:00+08:00",
        "price": 123450,
        "quantity": 3,
        "state": "done",
        "open": True,
        "tags": ["a", "b", "c"],
        "note": "langs",
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"number": ""}, "number is missing"),
        ({"number": "123456789"}, "number: must have at most 8 signs, not “123456789”"),
        ({"number": "1", "quantity": "1.5"}, "quantity: must be a whole number, not “1.5”"),
        ({"number": "1", "quantity": "99999999999"}, "quantity: “99999999999” is too large a number"),
        ({"number": "1", "price": "NaN"}, "price: must be an amount of money, not “NaN”"),
        ({"number": "1", "price": "1e400"}, "price: must be an amount of money, not “1e400”"),
        ({"number": "1", "price": "99999999999999"}, "price: “99999999999999” is too large a number"),
        ({"number": "\x00"}, "number: “\x00” has a sign that cannot be kept"),
        ({"number": "1", "at": "yesterday"}, "at: must be a day and time, not “yesterday”"),
        ({"number": "1", "state": "lost"}, "state: “lost” is none of done, open"),
        ({"number": "1", "open": "perhaps"}, "open: must be yes or no, not “perhaps”"),
    ],
)
def test_wrong_cell_refuses_the_row_with_a_reason(chart, cells, reason):
    one = chart("[columns]\n" + "\n".join(f'{name} = "{name}"' for name in FIELDS))
    record = applied(one, **cells)
    assert (record.outcome, record.reason) == ("refused", reason)


def test_rules_set_refuse_and_leave_out_in_their_order(chart):
    one = chart("""
[columns]
number = "number"
[replace.number]
pattern = "\\\\.0$"
with = ""
[uppercase]
fields = ["number"]
[[rules]]
when = { number = "^x", kind = "bad" }
refuse = "bad x"
[[rules]]
when = { number = "^x" }
skip = "an x"
[[rules]]
when = { kind = "done" }
set = { state = "done" }
""")
    assert applied(one, number="x1", kind="bad").reason == "bad x"
    assert applied(one, number="x1", kind="good").outcome == "left_out"
    record = applied(one, number="a17.0", kind="done")
    assert (record.values["number"], record.values["state"]) == ("A17", "done")


def test_union_comes_from_a_column(chart):
    one = chart('[columns]\nnumber = "n"\n[union]\ncolumn = "Land"\nslugs = { EIRE = "ireland" }', union="")
    assert applied(one, n="1", Land="EIRE").union == "ireland"
    assert applied(one, n="1", Land="United Kingdom").union == "united-kingdom"
    assert applied(one, n="1", Land="").outcome == "refused"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[colums]\n", "tables nobody knows: colums"),
        ('kind = "orders"\n', "for orders, not for things"),
        ('[columns]\nprize = "x"\n', "prize"),
        ('[[rules]]\nwhen = { a = "(" }\n', "not right"),
        ('[[rules]]\nset = { number = "1" }\n', "not right"),
        ('[file]\ntime_zone = "Mars/Olympus"\n', "not right"),
        ("not toml", "cannot be read"),
    ],
)
def test_wrong_map_says_what_is_wrong(chart, text, words):
    with pytest.raises(BadMap, match=words):
        chart(text)


def test_map_without_any_union_is_refused(chart):
    with pytest.raises(BadMap, match="--union"):
        chart('[columns]\nnumber = "n"\n', union="")

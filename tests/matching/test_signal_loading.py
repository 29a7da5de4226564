"""Loading signal codes from files: nothing lost, twice is once, the short tree goes on."""

import csv
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.importing.taxonomies import traditional
from martunion.embedded import BASE_DIR
from matching.models import SignalWord, Subscription
from matching.queries.codes import codes_starting
from matching.queries.signals import suggest_codes
from tests.factories.matching import caller
from tests.factories.unions import UnionFactory
from unions.models import SignalCode
from unions.services.signals import add_missing_signal_codes

TAXONOMY = BASE_DIR.parent / "shared" / "data" / "shopify_taxonomy"

pytestmark = pytest.mark.django_db

needs_taxonomy = pytest.mark.skipif(
    not TAXONOMY.is_dir() and not os.environ.get("CI"), reason="the taxonomy is not here (../shared/data)"
)


@pytest.fixture
def bring(tmp_path, capsys):
    """Load rows of text and return what the command said, as {outcome: count}."""

    def run(text, *, name="rows.csv", chart="", **options):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if chart:
            (tmp_path / "map.toml").write_text(chart)
            options["map"] = tmp_path / "map.toml"
        return load(path, capsys, **options)

    return run


def load(path, capsys, **options):
    call_command("import_csv", "signal-codes", str(path), **options)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(" ") and "×" not in line]
    return {words: int(count.replace(",", "")) for count, words in (line.split(maxsplit=1) for line in lines)}


TABLE = """code,parent,title,words,title_ko,title_zh-cn
zz,,Ships,"vessel; boat",선박,船舶
zz-1,zz,Sailing ships,,범선,帆船
yy-lone,,Alone,,,
"""


def test_a_table_brings_codes_with_parents_words_and_languages(bring):
    assert bring(TABLE) == {"created": 3}
    ship = SignalCode.objects.get(code="zz-1")
    assert (ship.parent_id, ship.ancestors, ship.title) == ("zz", ["zz", "zz-1"], "Sailing ships")
    assert ship.translations == {"ko": {"title": "범선"}, "zh-hant": {"title": "帆船"}}
    assert SignalCode.objects.get(code="zz").translations["en"] == {"words": ["vessel", "boat"]}
    assert SignalCode.objects.get(code="yy-lone").parent_id is None
    assert SignalWord.objects.filter(word="vessel").values_list("code", flat=True)[0] == "zz"


def test_loading_twice_changes_nothing(bring):
    bring(TABLE)
    before = (list(SignalCode.objects.values()), list(SignalWord.objects.order_by("word", "code").values()))
    assert bring(TABLE) == {"unchanged": 3}
    assert (list(SignalCode.objects.values()), list(SignalWord.objects.order_by("word", "code").values())) == before


def test_a_dry_run_keeps_nothing(bring):
    before = (SignalCode.objects.count(), SignalWord.objects.count())
    assert bring(TABLE, dry_run=True) == {"created": 3}
    assert (SignalCode.objects.count(), SignalWord.objects.count()) == before


DIRTY = """code,parent,title
zz,,Ships
zz,,Ships
zz,,Boats
,,Nobody
ZZ 9,,Spaces
zz-2,zz-nowhere,Orphan
zz-3,zz,
zz-4,zz-4,Itself
zz-5,zz-6,One
zz-6,zz-5,Other
{long},,Too long
zz-7,zz,{title}
zz-1-1,zz-1,Before its parent
zz-1,zz,Its parent
"""


def test_dirty_rows_are_refused_with_reasons_and_can_be_loaded_when_mended(bring, tmp_path):
    report = tmp_path / "refused.csv"
    text = DIRTY.format(long="z" * 25, title="t" * 201)
    assert bring(text, report=report) == {"created": 3, "repeated": 1, "refused": 10}
    rows = list(csv.DictReader(StringIO(report.read_text(encoding="utf-8-sig"))))
    assert [(row["code"][:8], row["refused_line"], row["refused_reason"]) for row in rows] == [
        ("", "5", "code is missing"),
        ("zz", "4", "zz stands in this file with something else"),
        ("ZZ 9", "6", "“zz 9” is no code: letters, digits and single hyphens, at most 24 signs"),
        ("zz-2", "7", "the parent zz-nowhere is not known"),
        ("zz-3", "8", "title is missing"),
        ("zz-4", "9", "the codes above zz-4 go in a circle"),
        ("zz-5", "10", "the codes above zz-5 go in a circle"),
        ("zz-6", "11", "the codes above zz-6 go in a circle"),
        ("zzzzzzzz", "12", f"“{'z' * 25}” is no code: letters, digits and single hyphens, at most 24 signs"),
        ("zz-7", "13", "a title has more than 200 signs"),
    ]
    assert SignalCode.objects.get(code="zz-1-1").ancestors == ["zz", "zz-1", "zz-1-1"]
    mended = "code,parent,title\nzz-2,zz,Orphan\nzz-3,zz,Named\n"
    assert bring(mended) == {"created": 2}


def test_a_code_that_moves_takes_all_below_it_along(bring):
    bring("code,parent,title\nzz,,Ships\nyy,,Sea\nzz-1,zz,Sailing\nzz-1-1,zz-1,Small\n")
    assert bring("code,parent,title\nzz,yy,Ships\n") == {"changed": 1}
    assert SignalCode.objects.get(code="zz-1-1").ancestors == ["yy", "zz", "zz-1", "zz-1-1"]
    assert bring("code,parent,title\nyy,zz-1-1,Sea\n") == {"refused": 1}
    assert SignalCode.objects.get(code="yy").parent_id is None


def test_another_language_only_adds_and_simplified_chinese_is_written_traditionally(bring):
    bring("code,title\nzz,Software\n")
    assert bring("code,title\nzz,软件\nxx,未知\n", language="zh-CN") == {"changed": 1, "refused": 1}
    code = SignalCode.objects.get(code="zz")
    assert (code.title, code.translations) == ("Software", {"zh-hant": {"title": "軟體"}})
    assert not SignalCode.objects.filter(code="xx").exists()
    assert bring("code,title\nzz,软件\n", language="zh-CN") == {"unchanged": 1}
    assert traditional("打印机") == "印表機"


def test_an_unknown_language_is_refused(bring):
    before = SignalCode.objects.count()
    with pytest.raises(CommandError, match="fr is none of the languages here"):
        bring("code,title\nzz,Bateaux\n", language="fr")
    assert SignalCode.objects.count() == before


TEXT = """# Taxonomy
# {GID} : {Name}

gid://shopify/TaxonomyCategory/zz   : Ships
gid://shopify/TaxonomyCategory/zz-1 : Ships > Sailing ships
no line of this kind
gid://shopify/TaxonomyCategory/zz-2-1 : Ships > Motor > Lost
"""


def test_the_text_form_is_told_by_itself_and_its_folder_says_the_language(bring, tmp_path):
    report = tmp_path / "refused.csv"
    assert bring(TEXT, name="en/c.txt", report=report) == {"created": 2, "refused": 2}
    rows = list(csv.DictReader(StringIO(report.read_text(encoding="utf-8-sig"))))
    assert [(row["title"], row["refused_reason"]) for row in rows] == [
        ("no line of this kind", "code is missing"),
        ("Lost", "the parent zz-2 is not known"),
    ]
    korean = "gid://shopify/TaxonomyCategory/zz-1 : 선박 > 범선\n"
    assert bring(korean, name="ko/c.txt") == {"changed": 1}
    assert SignalCode.objects.get(code="zz-1").translations == {"ko": {"title": "범선"}}


def test_the_map_of_the_taxonomy_leaves_out_what_we_have(bring):
    text = "".join(
        f"gid://shopify/TaxonomyCategory/{code} : {path}\n"
        for code, path in (("se", "Services"), ("se-9", "Services > Other"), ("ma-9", "Mature > X"), ("zz", "Ships"))
    )
    chart = BASE_DIR / "docs" / "import" / "shopify_codes.toml"
    assert bring(text, name="en/c.txt", map=chart) == {"left out": 3, "created": 1}
    assert not SignalCode.objects.filter(code__in=["se", "se-9", "ma-9"]).exists()


def test_the_short_tree_comes_back_without_taking_what_a_file_said():
    SignalCode.objects.filter(code="hg-13-5").update(title="Lamps of theirs", translations={"ko": {"title": "램프"}})
    SignalCode.objects.filter(code="tg-4").delete()
    add_missing_signal_codes()
    lamp = SignalCode.objects.get(code="hg-13-5")
    assert (lamp.title, lamp.translations["ko"]["title"]) == ("Lamps of theirs", "램프")
    assert "독서등" in lamp.translations["ko"]["words"]
    assert SignalCode.objects.get(code="tg-4").ancestors == ["tg", "tg-4"]


def test_the_short_tree_is_whole():
    codes = {code.code: code for code in SignalCode.objects.all()}
    assert len(codes) == 190
    for code in codes.values():
        assert code.parent_id == (code.code.rpartition("-")[0] or None)
        assert code.ancestors == [*(codes[code.parent_id].ancestors if code.parent_id else []), code.code]
        assert all(code.translations[language]["title"] for language in ("zh-hant", "ko"))
        assert all(code.translations[language]["words"] for language in ("en", "zh-hant", "ko")), code.code


MEANT = {
    "reading lamp": "hg-13-5-4",
    "a red sofa": "fr-22",
    "coffee table with storage": "fr-24-1-1",
    "dog food": "ap-2-3-3",
    "茶壺": "hg-11-10-2-2",
    "자전거 수리": "sv-repair-bike",
}


@needs_taxonomy
@pytest.mark.timeout(300)
def test_the_whole_taxonomy_loads_in_three_languages_and_keeps_what_is_in_use(capsys):
    store = caller(UnionFactory(), name="sg-4-4")
    with CaptureQueriesContext(connection) as spent:
        said = load(TAXONOMY / "en" / "categories.txt", capsys)
    assert said == {"created": 10_595 - 148, "changed": 114, "unchanged": 34}
    assert len(spent) < 80
    assert load(TAXONOMY / "ko" / "categories.txt", capsys).keys() == {"changed", "unchanged"}
    assert sum(load(TAXONOMY / "zh-CN" / "categories.txt", capsys).values()) == 10_595
    assert load(TAXONOMY / "zh-CN" / "categories.txt", capsys) == {"unchanged": 10_595}
    bikes = SignalCode.objects.get(code="sg-4-4-3")
    assert (bikes.title, bikes.ancestors) == ("Bicycles", ["sg", "sg-4", "sg-4-4", "sg-4-4-3"])
    assert SignalCode.objects.get(code="sg-4-4").translations["zh-hant"]["words"][0] == "單車"
    assert Subscription.objects.get(store=store).code.title == "Cycling"
    assert SignalCode.objects.filter(code__startswith="sv").count() == 42
    assert SignalCode.objects.count() == 10_595 + 42
    for words, code in MEANT.items():
        with CaptureQueriesContext(connection) as spent:
            assert suggest_codes(words)[0].code == code
        assert len(spent) == 2
    teapot = next(each for each in codes_starting("teapo", language="zh-hant") if each.code == "hg-11-10-2-2")
    assert (teapot.title, teapot.path[0]) == ("茶壺", "家居與園藝")

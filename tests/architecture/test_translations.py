"""Reading, merging and compiling translations without the gettext programs."""

import gettext
import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from martunion import translations


def found_in(template: str) -> list[tuple[int, object, str | None]]:
    file = io.BytesIO(template.encode())
    return [
        (line, message, context)
        for line, message, _comments, context in translations.extract(
            translations.extract_template, file, translations.KEYWORDS, ()
        )
    ]


def test_every_way_to_translate_in_a_template_is_found():
    template = "\n".join(
        [
            "{% load i18n %}<p>Don't take this</p>",
            '  {% translate "Say \'hello\'" %} {% trans "Twice" %} {% translate "on one line" as name %}',
            "{% blocktranslate with name=user.name %}Good day, {{ name }}!{% endblocktranslate %}",
            "{% blocktranslate count n=basket.size %}{{ n }} piece{% plural %}{{ n }} pieces{% endblocktranslate %}",
            '{% include "x.html" with title=_("Given to a tag") %} {{ _("As a variable") }}',
            '{% translate "May" context "month" %}',
            "{% blocktranslate trimmed %}",
            "   over several",
            "   lines, 100% kept",
            "{% endblocktranslate %}",
        ]
    )
    assert found_in(template) == [
        (2, "Say 'hello'", None),
        (2, "Twice", None),
        (2, "on one line", None),
        (3, "Good day, %(name)s!", None),
        (4, ("%(n)s piece", "%(n)s pieces"), None),
        (5, "Given to a tag", None),
        (5, "As a variable", None),
        (6, "May", "month"),
        (7, "over several lines, 100%% kept", None),
    ]


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of three strings, one of them without a text and one doubtful."""
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "cart"\nmsgstr "장바구니"\n\nmsgid "order"\nmsgstr ""\n\n#, fuzzy\nmsgid "shop"\nmsgstr "가게"\n'
    )
    return folder


def test_compiled_catalogue_says_what_a_person_confirmed(locale: Path):
    assert translations.compile_catalogs() == [locale / "django.mo"]
    with (locale / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert [compiled.gettext(word) for word in ("cart", "order", "shop")] == ["장바구니", "order", "shop"]


def test_catalogue_is_compiled_again_only_when_it_changed(locale: Path):
    translations.compile_catalogs()
    assert translations.compile_catalogs() == []
    later = (locale / "django.mo").stat().st_mtime + 5
    os.utime(locale / "django.po", (later, later))
    assert translations.compile_catalogs() == [locale / "django.mo"]


def test_missing_empty_and_doubtful_strings_are_named(locale: Path, monkeypatch: pytest.MonkeyPatch):
    in_use = translations.Catalog()
    for number, word in enumerate(["cart", "order", "shop", "union"], 1):
        in_use.add(word, None, [("stores/models/store.py", number)])
    monkeypatch.setattr(translations, "strings_in_use", lambda: in_use)
    assert translations.untranslated("ko") == [
        "stores/models/store.py:2: 'order'",
        "stores/models/store.py:3: 'shop'",
        "stores/models/store.py:4: 'union'",
    ]
    translations.update_catalog("ko")
    updated = translations.read_catalog("ko")
    assert [message.id for message in updated if message.id] == ["cart", "order", "shop", "union"]
    assert updated["cart"].string == "장바구니"


PLACE = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_translation_keeps_the_places_of_its_source(language: str):
    wrong = []
    for message in translations.read_catalog(language):
        if message.id and message.string:
            # The last form is the one that counts things: "a shop" may name no number, "%(count)s shops" does.
            source = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
            forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            wanted = sorted(set(PLACE.findall(source)))
            wrong += [form for form in forms if sorted(set(PLACE.findall(form))) != wanted]
    assert wrong == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_translation_has_the_line_breaks_of_its_source(language: str):
    wrong = []
    for message in translations.read_catalog(language):
        if isinstance(message.id, str) and message.id and message.string:
            ends = [
                (text.startswith("\n"), text.endswith("\n"), text.count("\n")) for text in (message.id, message.string)
            ]
            if ends[0] != ends[1]:
                wrong.append(message.string)
    assert wrong == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_languages_count_with_one_form(language: str):
    catalog = translations.read_catalog(language)
    assert catalog.num_plurals == 1
    plurals = [message for message in catalog if isinstance(message.id, (tuple, list))]
    assert plurals
    assert {len(message.string) for message in plurals} == {1}


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        ("ko", "DATETIME_FORMAT", "2026년 3월 5일 오전 11:36"),
        ("ko", "SHORT_DATE_FORMAT", "2026. 3. 5."),
        ("ko", "SHORT_DATETIME_FORMAT", "2026. 3. 5. 11:36"),
        ("ko", "MONTH_DAY_FORMAT", "3월 5일"),
        ("zh-hant", "DATETIME_FORMAT", "2026年3月5日 11:36"),
        ("en", "DATETIME_FORMAT", "5 March 2026, 11:36"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language: str, kind: str, text: str):
    with override(language):
        assert date_format(datetime(2026, 3, 5, 11, 36, tzinfo=UTC), kind) == text

"""By which words signal codes are found: made of their titles and words in all languages, and of those above them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from heapq import nlargest
from typing import Any

from django.apps import apps as all_apps
from django.db import connection, transaction

from matching.words import singular, title_tokens, words_in
from unions.models import SignalCode

WORDS, ABOVE, FARTHER, DEEPER = 0.6, 0.3, 0.5, 0.03
"""What a word counts that people say for a code; one of the title above it; one farther up; less for each level."""
SAID_BELOW, NEARLY = 0.4, 0.95
"""A token that a code below says as well (nearly) is that code's: so much is left of it."""
BESIDES = 0.8
ASIDE = frozenset(
    "outdoor pet bird cat dog reptile aquarium fish baby toddler doll toy pretend vehicle car motor bicycle boat "
    "watercraft horse equestrian disposable industrial commercial hospitality hotel film stadium stage costume medical "
    "surgical laboratory camping travel fishing hunting accessory part replacement component kit craft party trade "
    "show coaching arcade musical instrument salon".split()
)
"""Circumstances: `Coffee Tables` below `Outdoor Furniture` is meant by somebody who says so."""
MOST_CODES, LEAST = 150, 0.4
"""Of a word: so many codes are kept, those of which it says most. A word from above counts from LEAST on."""
VERSION = "1"
"""To be raised when what is made of a tree changes."""

_STATE = """
SELECT md5(%s || coalesce(
    string_agg(md5(code || '/' || title || translations::text || ancestors::text), '' ORDER BY code), ''
)) FROM unions_signalcode
"""
_STAGE = "CREATE TEMPORARY TABLE signal_word_stage (word varchar, code_id varchar, weight float)"
_GONE = """
DELETE FROM matching_signalword AS one WHERE NOT EXISTS (
    SELECT FROM signal_word_stage AS staged WHERE staged.word = one.word AND staged.code_id = one.code_id
)
"""
_NEW = """
INSERT INTO matching_signalword AS one (word, code_id, weight) SELECT word, code_id, weight FROM signal_word_stage
ORDER BY word, code_id
ON CONFLICT (word, code_id) DO UPDATE SET weight = excluded.weight WHERE one.weight <> excluded.weight
"""
"""Only what differs is written: another language leaves the words of the first as they are."""
_SEAL = "#"
"""One row holds, behind this sign, of which tree the words were made: it comes and goes with them."""


def fill_signal_words() -> bool:
    """Make the words anew if the tree is another than the one they were made of; whether that was so."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE matching_signalword IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_STATE, [VERSION])
        state = _SEAL + cursor.fetchone()[0]
        cursor.execute("SELECT EXISTS (SELECT FROM matching_signalword WHERE word = %s)", [state])
        if cursor.fetchone()[0]:
            return False
        codes = list(SignalCode.objects.only("code", "title", "translations", "ancestors"))
        cursor.execute(_STAGE)
        with cursor.copy("COPY signal_word_stage (word, code_id, weight) FROM STDIN") as copy:
            for row in signal_words(codes=codes):
                copy.write_row(row)
            for code in codes[:1]:
                copy.write_row((state, code.code, 0.0))
        for statement in (_GONE, _NEW, "ANALYZE matching_signalword", "DROP TABLE signal_word_stage"):
            cursor.execute(statement)
    return True


def signal_words(*, codes: list[SignalCode]) -> Iterator[tuple[str, str, float]]:
    """(word, code, weight) of a whole tree."""
    own = {code.code: _own(code) for code in codes}
    _leave_to_those_below(codes, own)
    many = len(codes)
    known = Counter(token for tokens in own.values() for token in tokens)
    rarity = {token: math.log(1 + many / count) for token, count in known.items()}
    besides = {code.code: _besides(code) for code in codes}
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for code in codes:
        tokens = dict(own[code.code])
        scale = ABOVE
        for above in reversed(code.ancestors[:-1]):
            for token, strength in own.get(above, {}).items():
                if strength * scale > tokens.get(token, 0.0):
                    tokens[token] = strength * scale
            scale *= FARTHER
        aside: set[str] = set().union(*(besides.get(each, ()) for each in code.ancestors))
        less = 1 - DEEPER * (len(code.ancestors) - 1)
        for token, strength in tokens.items():
            beside = BESIDES ** min(2, len(aside)) if token not in aside else 1.0
            weight = round(strength * rarity[token] * less * beside, 4)
            if weight >= LEAST or token in own[code.code]:
                found[token].append((weight, code.code))
    for token, places in found.items():
        for weight, code_id in nlargest(MOST_CODES, places) if len(places) > MOST_CODES else places:
            yield token, code_id, weight


def _own(code: SignalCode) -> dict[str, float]:
    """What a code's own titles and words say, in all languages."""
    found = title_tokens(code.title)
    for said in code.translations.values():
        _join(found, title_tokens(str(said.get("title", ""))))
        for word in said.get("words", ()):
            _join(found, title_tokens(str(word), scale=WORDS, is_words=True))
    return found


def _join(found: dict[str, float], more: Mapping[str, float]) -> None:
    for token, strength in more.items():
        if strength > found.get(token, 0.0):
            found[token] = strength


def _leave_to_those_below(codes: list[SignalCode], own: dict[str, dict[str, float]]) -> None:
    below: dict[str, dict[str, float]] = defaultdict(dict)
    for code in codes:
        for above in code.ancestors[:-1]:
            _join(below[above], own[code.code])
    for name, tokens in own.items():
        for token, strength in tokens.items():
            if below.get(name, {}).get(token, 0.0) >= strength * NEARLY:
                tokens[token] = strength * SAID_BELOW


def _besides(code: SignalCode) -> frozenset[str]:
    """The circumstances that a title names; the tops of the tree are none."""
    if len(code.ancestors) < 2:
        return frozenset()
    return ASIDE.intersection(singular(word) for word in words_in(code.title))


def put_in_words(*, apps: Any = all_apps, **_: Any) -> None:
    """After migrating: an installation has the words of its tree, whether that is the short one or a loaded one."""
    try:
        apps.get_model("matching", "SignalWord")
    except LookupError:
        return
    fill_signal_words()

"""Finding one's way in the tree of signal codes: by what is typed, level by level, and from a store's catalogue."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.localized import localized
from core.memory import remembered
from core.statements import tuples_of
from matching.words import SAME, same, singular, wish_tokens, words_in
from stores.models import Store
from stores.queries.words import IS_CJK
from unions.models import SignalCode

_WORDS = "SELECT DISTINCT word FROM matching_signalword WHERE word NOT LIKE '#%%'"

_STARTING = """
SELECT word.code_id, sum(word.weight) * power(0.85, cardinality(code.ancestors)) AS points FROM (
    SELECT one.code_id, asked.place, max(one.weight * asked.share) AS weight
    FROM unnest(%(words)s::text[], %(places)s::int[], %(shares)s::float[]) AS asked(word, place, share)
        JOIN matching_signalword AS one USING (word)
    GROUP BY one.code_id, asked.place
) AS word JOIN unions_signalcode AS code ON code.code = word.code_id
WHERE %(parent)s = '' OR code.ancestors @> ARRAY[%(parent)s]::varchar[]
GROUP BY word.code_id, code.ancestors
ORDER BY count(*) DESC, points DESC, length(word.code_id), word.code_id LIMIT %(limit)s
"""
"""What has all of the typed words comes first; after that what they say most of, the higher in the tree the more."""

_GOODS = """
SELECT product.title, product.tags, category.name
FROM stores_product AS product LEFT JOIN stores_category AS category ON category.id = product.category_id
WHERE product.union_id = %(union)s AND product.store_id = %(store)s AND product.is_published
"""

_MEANING = """
SELECT asked.word, best.code_id, best.weight FROM unnest(%(words)s::text[]) AS asked(word)
CROSS JOIN LATERAL (
    SELECT code_id, weight FROM matching_signalword AS one WHERE one.word = asked.word
    ORDER BY weight DESC, length(code_id), code_id LIMIT %(most)s
) AS best
"""

REMEMBERED = 300.0
LONGEST = 80
MOST_ENDINGS = 40
"""A beginning stands for at most so many words of the tree, the shorter ones first."""
UNFINISHED = 0.8
MOST_FOUND = 30
SEVERAL = 12
"""So many codes of each word are weighed for a catalogue; beyond them a word says next to nothing of a code."""
IN_CATEGORY, IN_TAGS = 0.5, 0.7
"""What a word of a category or a tag counts beside one of a title."""


@dataclass(frozen=True, slots=True)
class Found:
    """A code by its name in the reader's language; `path` are the names above it, top first."""

    code: str
    title: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """A code that so many of a store's goods mean."""

    code: SignalCode
    count: int


def codes_starting(words: str, *, language: str, limit: int = 12, parent: str = "") -> list[Found]:
    """Codes for what has been typed so far, best first; more letters may follow each word. Two queries, now
    and then one more for the words of the tree.

    `parent`: only those below it. The words may be in any language of the tree, the names are in this one.
    """
    typed = words_in(words[:LONGEST])
    if not typed:
        return []
    # A space behind the only word says that it is whole.
    unfinished = words.rstrip() == words
    asked: dict[tuple[str, int], float] = {}
    for place, word in enumerate(typed):
        whole = {word: 1.0} if IS_CJK.match(word) else {same(singular(word)): 1.0}
        if place < len(typed) - 1 or unfinished:
            whole = {**_endings(word), **whole}
        asked.update({(token, place): share for token, share in whole.items()})
    values = {
        "words": [token for token, _place in asked],
        "places": [place for _token, place in asked],
        "shares": list(asked.values()),
        "parent": parent,
        "limit": min(limit, MOST_FOUND),
    }
    return named([row[0] for row in tuples_of(_STARTING, values)], language=language)


def codes_below(parent: str, *, language: str, limit: int = 200) -> list[Found]:
    """The codes right below one, or the tops of the tree for an empty one, by name. Two queries."""
    codes = SignalCode.objects.filter(parent=parent or None).values_list("code", flat=True)[:limit]
    return sorted(named(codes, language=language), key=lambda found: found.title)


def named(codes: Iterable[str], *, language: str) -> list[Found]:
    """These codes with their names and those of the codes above them, in this order. One query, none for none."""
    wanted = list(codes)
    if not wanted:
        return []
    rows = {
        row["code"]: row
        for row in SignalCode.objects.extra(
            where=["code IN (SELECT unnest(ancestors) FROM unions_signalcode WHERE code = ANY(%s))"], params=[wanted]
        ).values("code", "title", "translations", "ancestors")
    }
    titles = {code: localized(row, "title", language) for code, row in rows.items()}
    return [
        Found(code, titles[code], tuple(titles[above] for above in rows[code]["ancestors"][:-1] if above in titles))
        for code in wanted
        if code in rows
    ]


def _endings(beginning: str) -> dict[str, float]:
    """Words of the tree that begin so, the shortest first, with how much of each has been typed."""
    words = remembered("words of signal codes", REMEMBERED, _words)
    found: list[str] = []
    for place in range(bisect_left(words, beginning), len(words)):
        if not words[place].startswith(beginning) or len(found) >= MOST_ENDINGS * 10:
            break
        found.append(words[place])
    nearest = sorted(found, key=len, reverse=True)[-MOST_ENDINGS:]
    return {same(word): UNFINISHED * len(beginning) / len(word) for word in nearest}


def _words() -> list[str]:
    """All words of the tree, and those that mean the same, in order."""
    return sorted({*(row[0] for row in tuples_of(_WORDS, {})), *SAME})


def suggest_for_store(store: Store, *, limit: int = 20) -> list[Meant]:
    """The codes that the titles, tags and categories of a store's goods mean, most frequent first. Three queries."""
    goods = Counter(
        (title, tuple(tags), category or "")
        for title, tags, category in tuples_of(_GOODS, {"union": store.union_id, "store": store.pk})
    )
    spoken = {texts: _spoken(*texts) for texts in goods}
    words = sorted({token for tokens in spoken.values() for token in tokens})
    meaning: dict[str, list[tuple[str, float]]] = {}
    for word, code, weight in tuples_of(_MEANING, {"words": words, "most": SEVERAL}):
        meaning.setdefault(word, []).append((code, weight))
    counted: Counter[str] = Counter()
    for texts, tokens in spoken.items():
        points: dict[str, float] = {}
        for token, share in tokens.items():
            for code, weight in meaning.get(token, ()):
                points[code] = points.get(code, 0.0) + share * weight
        if points:
            counted[min(points, key=lambda code: (-points[code], len(code), code))] += goods[texts]
    best = sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:limit]
    rows = SignalCode.objects.in_bulk([code for code, _count in best])
    return [Meant(rows[code], count) for code, count in best if code in rows]


def _spoken(title: str, tags: tuple[str, ...], category: str) -> dict[str, float]:
    found = dict(wish_tokens(title))
    for text, much in ((" , ".join(tags), IN_TAGS), (category, IN_CATEGORY)):
        for token, share in wish_tokens(text).items() if text else ():
            found[token] = max(found.get(token, 0.0), share * much)
    return found

"""Which signal code is meant by words: a shopper's wish, a product's title, what is typed into a search."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from os.path import commonpath

from core.memory import remembered
from core.statements import tuples_of
from matching.words import EMPTY, LOOKS, same, singular, wish_tokens
from stores.queries.words import distance, triples_of, words_of
from unions.models import SignalCode

_SUGGEST = """
SELECT found.code_id, ARRAY(
    SELECT asked.word FROM unnest(%(words)s::text[]) AS asked(word)
    WHERE EXISTS (SELECT FROM matching_signalword AS one WHERE one.word = asked.word)
) FROM (
    SELECT code_id, sum(weight * share) AS points
    FROM unnest(%(words)s::text[], %(shares)s::float[]) AS asked(word, share)
        JOIN matching_signalword USING (word)
    GROUP BY code_id
) AS found
ORDER BY points DESC, length(code_id), code_id LIMIT %(limit)s
"""
"""Of two codes that fit alike the one that stands higher in the tree comes first."""

_VOCABULARY = "SELECT DISTINCT word FROM matching_signalword WHERE word ~ '^[a-z]{4,14}$'"
REMEMBERED = 600.0
CLOSE = 24
"""So many words that share letter triples with an unknown one are measured letter by letter."""
ONE_ERROR, TWO_ERRORS = 5, 8
"""From so many letters on a word may have a typing error, and two; `kohler` is no `cooler`, `long` no `lung`."""
MENDED = 0.6
"""What a mended word counts of what it would have counted."""


def suggest_codes(words: str, *, limit: int = 6) -> list[SignalCode]:
    """The codes that these words most probably mean, best first.

    Two queries; one more where a word is unknown to the tree and another one nearly like it, and now and then one for
    the tree's vocabulary.
    """
    tokens = wish_tokens(words)
    if not tokens:
        return []
    found, known = _suggested(tokens, limit)
    if mended := _mended(words, tokens, known):
        found, _known = _suggested({**tokens, **mended}, limit)
    rows = SignalCode.objects.in_bulk(found)
    return [rows[code] for code in found if code in rows]


def _suggested(tokens: Mapping[str, float], limit: int) -> tuple[list[str], set[str]]:
    """The best codes, and which of the tokens stand in the tree at all."""
    values = {"words": list(tokens), "shares": list(tokens.values()), "limit": limit}
    rows = tuples_of(_SUGGEST, values)
    return [code for code, _words in rows], set(rows[0][1]) if rows else set()


def _mended(words: str, tokens: Mapping[str, float], known: set[str]) -> dict[str, float]:
    """For every word that the tree does not have the one that was probably meant, with its share."""
    found = {}
    for written in dict.fromkeys(words_of(words)):
        word = singular(written)
        share = tokens.get(same(word))
        if len(word) < ONE_ERROR or share is None or same(word) in known or word in EMPTY or word in LOOKS:
            continue
        meant = _nearest(word)
        if meant is not None:
            found[meant] = max(share * MENDED, tokens.get(meant, 0.0))
    return found


def _nearest(word: str) -> str | None:
    vocabulary = remembered("vocabulary of signal codes", REMEMBERED, _vocabulary)
    shared = Counter(other for triple in triples_of(word) for other in vocabulary.get(triple, ()))
    most = 2 if len(word) >= TWO_ERRORS else 1
    near = [
        (distance(word, other, most), -len(commonpath([word, other])), other) for other, _n in shared.most_common(CLOSE)
    ]
    return min((each for each in near if each[0] <= most), default=(0, 0, None))[2]


def _vocabulary() -> dict[str, list[str]]:
    """Letter triple → words of the tree that have it."""
    found: dict[str, list[str]] = defaultdict(list)
    for (word,) in tuples_of(_VOCABULARY, {}):
        for triple in triples_of(word):
            found[triple].append(word)
    return dict(found)

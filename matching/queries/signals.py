"""Which signal code is meant by words: a shopper's wish, a product's title, what is typed into a search."""

from __future__ import annotations

from core.statements import tuples_of
from matching.words import tokens_in
from unions.models import SignalCode

_SUGGEST = """
SELECT found.code_id FROM (
    SELECT code_id, sum(weight * share) AS points
    FROM unnest(%(words)s::text[], %(shares)s::float[]) AS asked(word, share)
        JOIN matching_signalword USING (word)
    GROUP BY code_id
) AS found
ORDER BY points DESC, length(code_id), code_id LIMIT %(limit)s
"""
"""Of two codes that fit alike the one that stands higher in the tree comes first."""


def suggest_codes(words: str, *, limit: int = 6) -> list[SignalCode]:
    """The codes that these words most probably mean, best first. Two queries."""
    tokens = tokens_in(words)
    if not tokens:
        return []
    # What stands last names the thing in most of our languages: `oak coffee table`.
    shares = [1.0 + 0.15 * place for place in range(len(tokens))]
    found = [code for (code,) in tuples_of(_SUGGEST, {"words": tokens, "shares": shares, "limit": limit})]
    rows = SignalCode.objects.in_bulk(found)
    return [rows[code] for code in found]


def classes_of(code: SignalCode | None) -> list[str]:
    """The code and those above it, top first; empty without one."""
    return list(code.ancestors) if code is not None else []

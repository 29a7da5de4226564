"""From typed words to a tsquery, with typing errors mended from the words of the union's catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from stores.queries.words import (
    alternatives_of,
    nearest_word,
    parts_of,
    triples_of,
    wanted_tokens,
)
from unions.models import Union

LONGEST_QUERY = 200
MOST_CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class Corrected:
    """The words that were probably meant, and their tsquery."""

    words: str
    query: str


def query_of(union_id: int | str, words: str) -> str:
    """The text of a tsquery that asks for all of the words in one union: empty when there is nothing to look for.

    >>> query_of(7, "tea")
    "('7.tea' | '7.tea':*)"

    The whole word stands beside its prefix so that `tea` ranks before `teapot`.
    """
    return " & ".join(_asks(union_id, token, longer) for token, longer in wanted_tokens(words[:LONGEST_QUERY]))


def _asks(union_id: int | str, token: str, longer: bool) -> str:
    if not longer:
        return f"'{union_id}.{token}'"
    others = "".join(f" | '{union_id}.{other}'" for other in alternatives_of(token)[1:])
    return f"('{union_id}.{token}' | '{union_id}.{token}':*{others})"


def correct(union: Union, words: str) -> Corrected | None:
    """What was probably meant by words that found nothing, or None when no word of the catalogue is close.

    Each word that nothing in the union begins with is looked up by its letter triples. Two queries however many words.
    """
    parts = [(is_cjk, part) for is_cjk, part in parts_of(words[:LONGEST_QUERY])]
    asked = list(dict.fromkeys(part for is_cjk, part in parts if not is_cjk and len(part) >= 3))
    if not asked:
        return None
    unknown = _unknown(union.pk, asked)
    if not unknown:
        return None
    candidates = _candidates(union, unknown)
    meant = {word: nearest_word(word, candidates) for word in unknown}
    if not all(meant.values()):
        return None
    text = " ".join(meant.get(part) or part for _is_cjk, part in parts)
    return Corrected(text, query_of(union.pk, text))


def _unknown(union_id: int, words: list[str]) -> list[str]:
    """Words that nothing in the union begins with; each carries the union's number, as the index does."""
    statement = """
    SELECT w.word FROM unnest(%s::text[], %s::text[]) AS w(word, query)
    WHERE NOT EXISTS (SELECT FROM stores_product p WHERE p.search @@ w.query::tsquery)
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [words, [query_of(union_id, word) for word in words]])
        return [word for (word,) in cursor.fetchall()]


def _candidates(union: Union, words: list[str]) -> list[str]:
    """Words of the catalogue that share letters with any of these; those that share most come first for each."""
    statement = """
    SELECT DISTINCT c.word FROM unnest(%s::text[]) AS w(triples)
    CROSS JOIN LATERAL (
        SELECT t.word FROM stores_searchterm t
        WHERE t.union_id = %s AND t.triples && string_to_array(w.triples, '|')::varchar[]
          AND length(t.word) BETWEEN %s AND %s
        ORDER BY cardinality(ARRAY(
            SELECT unnest(t.triples) INTERSECT SELECT unnest(string_to_array(w.triples, '|')::varchar[])
        )) DESC, t.word
        LIMIT %s
    ) c
    """
    lengths = [len(word) for word in words]
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [
                ["|".join(triples_of(word)) for word in words],
                union.pk,
                min(lengths) - 2,
                max(lengths) + 2,
                MOST_CANDIDATES,
            ],
        )
        return [word for (word,) in cursor.fetchall()]

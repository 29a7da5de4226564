"""Keeping the search index: `Product.search` and the words of each union's catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from stores.models import Product
from stores.queries.words import LONGEST_WORD, tokens_of, triples_of, words_of
from unions.models import Union

CHUNK = 2000
MOST_TOKENS = 600
"""Of a very long description the rest is not indexed."""

SOURCES = """
SELECT p.id, p.union_id, p.title, p.description, p.translations, p.tags, c.name, c.translations, s.name,
       s.translations, v.codes, v.options
FROM stores_product p
JOIN stores_store s ON s.id = p.store_id
LEFT JOIN stores_category c ON c.id = p.category_id
LEFT JOIN LATERAL (
    SELECT string_agg(sku || ' ' || gtin, ' ') AS codes,
           string_agg((SELECT string_agg(value, ' ') FROM jsonb_each_text(options)), ' ') AS options
    FROM stores_variant WHERE product_id = p.id AND is_active
) v ON true
WHERE p.id = ANY(%s)
"""

STORE = """
UPDATE stores_product p SET search = d.search::tsvector
FROM unnest(%s::bigint[], %s::text[]) AS d(id, search) WHERE p.id = d.id
"""

TERMS = """
INSERT INTO stores_searchterm (union_id, word, triples)
SELECT t.union_id, t.word, string_to_array(t.triples, '|')
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS t(union_id, word, triples) ORDER BY t.union_id, t.word
ON CONFLICT (union_id, word) DO NOTHING
"""


def index_products(*, product_ids: Sequence[int]) -> None:
    """Make these products be found by what they say now; call it in the transaction that changed them.

    Title weighs most, then tags, options and codes, then category and store, then the description, in every language.
    """
    for start in range(0, len(product_ids), CHUNK):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(SOURCES, [list(product_ids[start : start + CHUNK])])
            vectors: list[tuple[int, str]] = []
            terms: dict[tuple[int, str], None] = {}
            for row in cursor.fetchall():
                product_id, union_id = row[:2]
                weighed = _weighed(*row[2:])
                vectors.append((product_id, vector_of(union_id=union_id, weighed=weighed)))
                for weight, texts in weighed:
                    if weight != "D":
                        terms.update({(union_id, word): None for text in texts for word in words_of(text)})
            vectors.sort()
            cursor.execute(STORE, [[key for key, _vector in vectors], [vector for _key, vector in vectors]])
            if terms:
                columns = [(union_id, word, "|".join(triples_of(word))) for union_id, word in terms]
                cursor.execute(TERMS, [list(column) for column in zip(*columns, strict=True)])


def index_all(*, union: Union | None = None) -> int:
    """Index every product of a union, or of all; says how many. Words that no product has any more are dropped."""
    products = Product.objects.order_by("id")
    if union:
        products = products.filter(union=union)
    with connection.cursor() as cursor:
        if union:
            cursor.execute("DELETE FROM stores_searchterm WHERE union_id = %s", [union.pk])
        else:
            cursor.execute("DELETE FROM stores_searchterm")
    done, last = 0, 0
    while ids := list(products.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        index_products(product_ids=ids)
        done, last = done + len(ids), ids[-1]
    return done


def vector_of(*, union_id: int, weighed: Iterable[tuple[str, list[str]]]) -> str:
    """The text of a tsvector: each token once, with its best weight, within its union (`'7.tea':1A`).

    The union's number in the token keeps a search inside one union from reading the other unions' postings.
    """
    best: dict[str, str] = {}
    for weight, texts in weighed:
        for text in texts:
            for token in tokens_of(text):
                if len(best) >= MOST_TOKENS:
                    break
                best.setdefault(token[:LONGEST_WORD], weight)
    return " ".join(f"'{union_id}.{token}':1{weight}" for token, weight in best.items())


def _weighed(
    title: str,
    description: str,
    translations: Any,
    tags: list[str],
    category: str | None,
    category_translations: Any,
    store: str,
    store_translations: Any,
    codes: str | None,
    options: str | None,
) -> list[tuple[str, list[str]]]:
    own, of_category, of_store = _loaded(translations), _loaded(category_translations), _loaded(store_translations)
    return [
        ("A", [title, *_translated(own, "title")]),
        ("B", [*tags, codes or "", options or "", *_spoken_options(own), *_translated(own, "tags")]),
        ("C", [category or "", *_translated(of_category, "name"), store, *_translated(of_store, "name")]),
        ("D", [description, *_translated(own, "description")]),
    ]


def _loaded(translations: Any) -> dict[str, dict[str, Any]]:
    """A JSON column read past the ORM arrives as text."""
    return json.loads(translations) if isinstance(translations, str) else translations or {}


def _spoken_options(translations: dict[str, dict[str, Any]]) -> list[str]:
    return [word for fields in translations.values() for word in fields.get("options", {}).values()]


def _translated(translations: dict[str, dict[str, Any]], field: str) -> list[str]:
    texts = [fields[field] for fields in translations.values() if fields.get(field)]
    return [" ".join(text) if isinstance(text, list) else str(text) for text in texts]

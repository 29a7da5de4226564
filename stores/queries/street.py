"""The business classes that a union's shops have: the street's signposts."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import get_language

from core.errors import NotFound
from core.memory import remembered
from unions.models import BusinessClass, Union

KEPT = 30
MOST = 9

URGENT = "urgent"
"""Stands among the codes when something is in an urgent sale here, or will be."""

SIGNPOSTS = """
(SELECT d.code, coalesce(
    d.translations -> %(language)s ->> 'short', d.translations -> %(language)s ->> 'title', d.title
)
FROM stores_store s
JOIN unions_membership m ON m.id = s.membership_id
JOIN unions_businessclass b ON b.code = s.business_class_id
JOIN unions_businessclass d ON d.code = ANY(b.ancestors) AND d.level = 'division'
WHERE s.union_id = %(union)s AND s.is_published AND m.state = 'active'
GROUP BY d.code, d.title, d.translations ORDER BY count(*) DESC, d.code LIMIT %(most)s)
UNION ALL
SELECT 'urgent', '' WHERE EXISTS (
    SELECT FROM stores_urgentsale u WHERE u.union_id = %(union)s AND u.cancelled_at IS NULL AND u.ends_at > now()
)
"""


def street_of(union: Union) -> list[tuple[str, str]]:
    """(code, short title in the active language) of the divisions with most shops, and URGENT when there is something.

    Half a minute old at most.
    """
    language = get_language() or "en"

    def read() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(SIGNPOSTS, {"union": union.pk, "language": language, "most": MOST})
            return cursor.fetchall()

    return remembered(("street", union.pk, language), KEPT, read)


def business_class_at(code: str) -> BusinessClass:
    """The class with this code. Raises NotFound."""
    found = remembered(("class", code), KEPT, lambda: BusinessClass.objects.filter(code=code.upper()).first())
    if found is None:
        raise NotFound
    return found

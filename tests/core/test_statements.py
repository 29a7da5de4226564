"""The hot path's prepared statements beside Django's own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.statements import tuples_of

pytestmark = pytest.mark.django_db


def test_prepared_statements_stand_in_the_query_log():
    with CaptureQueriesContext(connection) as captured:
        for number in (1, 2):
            assert tuples_of("SELECT %(number)s::bigint AS logged", {"number": number}) == [(number,)]
    assert [row["sql"] for row in captured.captured_queries] == ["SELECT $1::bigint AS logged"] * 2

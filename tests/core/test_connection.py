"""A lost connection is found before the request that would have failed on it, without asking each time."""

import pytest
from django.db import connection, connections

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_live_connection_is_usable_without_a_statement(django_assert_num_queries):
    backend()
    with django_assert_num_queries(0):
        assert connection.is_usable()


def test_a_connection_ended_by_the_server_is_not_usable():
    pid = backend()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            assert cursor.fetchone()[0] is True
    finally:
        other.close()
    assert not connection.is_usable()
    connection.close()
    assert backend() != pid


def test_a_connection_amid_a_transaction_is_asked():
    connection.set_autocommit(False)
    try:
        backend()
        assert connection.is_usable()
    finally:
        connection.rollback()
        connection.set_autocommit(True)

"""The relay's statements take each row by its index, however small the tables were when they were planned first."""

import re
from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django_scopes import scopes_disabled

from chat.models import Conversation, Message, Participant
from chat.relay import database
from chat.relay.database import Line
from chat.services.message_sql import LAST_NUMBERS, MARK_SEEN, MESSAGES_AFTER, WRITE_MESSAGES
from tests.chat.wires import shop

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 5000
ONE_PLAN_FOR_ALL_VALUES = "SET plan_cache_mode = force_generic_plan"
"""As PostgreSQL decides by itself from a statement's sixth time on."""
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STATEMENTS = [
    (WRITE_MESSAGES, {"messages": "[]", "now": NOW}, "message_sent_once on chat_message"),
    (MESSAGES_AFTER, {"conversations": [1], "after": [0], "most": 10}, "message_seq on chat_message"),
    (LAST_NUMBERS, {"conversations": [1]}, "chat_conversation_pkey on chat_conversation"),
    (MARK_SEEN, {"participants": [1], "seqs": [1]}, "chat_participant_pkey on chat_participant"),
]


@pytest.fixture
async def line():
    line = Line()
    yield line
    await line.close()


@database_sync_to_async
def leave_them_empty():
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE chat_conversation, chat_participant, chat_message")


@database_sync_to_async
def fill(store):
    with scopes_disabled():
        talks = Conversation.objects.bulk_create(
            Conversation(union=store.union, store=store, ref=f"r{number}", visitor=f"v{number}", created_at=NOW)
            for number in range(MANY)
        )
        shoppers = Participant.objects.bulk_create(
            Participant(union=store.union, conversation=talk, role=Participant.Role.SHOPPER, joined_at=NOW)
            for talk in talks
        )
        Message.objects.bulk_create(
            Message(union=store.union, conversation=talk, sender=shopper, seq=1, client_id=talk.ref, text="?", at=NOW)
            for talk, shopper in zip(talks, shoppers, strict=True)
        )


async def kept_plan(line, values):
    """How this connection runs the statement that it prepared."""
    [(name,)] = await line.rows("SELECT name FROM pg_prepared_statements WHERE statement ~ '(FROM|UPDATE) chat_'", {})
    nothing = ", ".join(["NULL"] * len(values))
    return "\n".join(row[0] for row in await line.rows(f"EXPLAIN EXECUTE {name}({nothing})", {}))


@pytest.mark.parametrize(("statement", "parameters", "by"), STATEMENTS, ids=["write", "after", "last", "seen"])
async def test_a_plan_made_for_empty_tables_is_made_anew_when_they_have_grown(
    statement, parameters, by, line, monkeypatch
):
    store, _manager = await shop()
    await leave_them_empty()
    await line.run(ONE_PLAN_FOR_ALL_VALUES, {})
    await line.run(statement, parameters)
    await fill(store)
    monkeypatch.setattr(database, "PLANS_KEPT", 0)
    plan = await kept_plan(line, parameters)
    scans = re.findall(r"Scan(?: using)? (?:on )?(\w+ on chat_\w+|chat_\w+).*\n(.*)", plan)
    assert by in [which for which, _below in scans], plan
    assert [which for which, below in scans if "Index Cond" not in below] == [], plan

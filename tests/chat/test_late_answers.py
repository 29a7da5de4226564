"""An answer to somebody who has gone is mailed: after a minute, once per burst, in their language."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from chat.models import Participant
from chat.services.late_answers import ATTENDING, publish_late_answers
from chat.services.mail import send_late_answer
from core.live import redis_connection
from core.models import OutboxEvent
from tests.factories.chat import ConversationFactory, said

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def answered(**fields):
    """A conversation whose shopper asked and was answered just now: (the conversation, now)."""
    now = timezone.now()
    conversation = ConversationFactory(shopper_email="ada@mail.example", **fields)
    said(conversation, "Is there rye?", now=now - 5 * MINUTE)
    said(conversation, "Until six.", by="manager", now=now)
    return conversation, now


def told():
    events = OutboxEvent.objects.filter(kind="chat.answered_later").order_by("pk")
    return [(event.payload["after_seq"], event.payload["message_seq"]) for event in events]


def test_mailed_after_a_minute_and_once():
    _conversation, now = answered()
    assert publish_late_answers(now=now + timedelta(seconds=50)) == 0
    assert publish_late_answers(now=now + timedelta(seconds=61)) == 1
    assert publish_late_answers(now=now + timedelta(seconds=80)) == 0
    assert told() == [(0, 2)]


def test_who_has_a_page_open_gets_no_mail():
    conversation, now = answered()
    redis_connection().zadd(ATTENDING, {str(conversation.pk): (now + MINUTE).timestamp()})
    assert publish_late_answers(now=now + timedelta(seconds=70)) == 0
    assert publish_late_answers(now=now + 2 * MINUTE) == 1


def test_who_has_read_it_gets_no_mail():
    conversation, now = answered()
    Participant.objects.filter(conversation=conversation, role="shopper").update(seen_seq=2)
    assert publish_late_answers(now=now + 5 * MINUTE) == 0


def test_without_an_address_there_is_no_mail():
    conversation, now = answered()
    type(conversation).objects.update(shopper_email="")
    assert publish_late_answers(now=now + 5 * MINUTE) == 0


def test_a_notice_alone_is_not_mailed():
    now = timezone.now()
    conversation = ConversationFactory(shopper_email="ada@mail.example")
    said(conversation, "Nobody is here.", by="system", kind="system", card={"what": "missed"}, now=now)
    assert publish_late_answers(now=now + 5 * MINUTE) == 0


def test_a_second_burst_is_mailed_when_the_first_was_read():
    conversation, now = answered()
    assert publish_late_answers(now=now + 2 * MINUTE) == 1
    said(conversation, "And Sunday.", by="manager", now=now + 3 * MINUTE)
    assert publish_late_answers(now=now + 5 * MINUTE) == 0
    Participant.objects.filter(conversation=conversation, role="shopper").update(seen_seq=2)
    assert publish_late_answers(now=now + 6 * MINUTE) == 1
    assert told() == [(0, 2), (2, 3)]


def test_the_letter_quotes_the_answer_and_leads_back():
    conversation, _now = answered(language="ko")
    send_late_answer(conversation=conversation, after_seq=0, up_to_seq=2)
    (letter,) = mail.outbox
    assert letter.to == ["ada@mail.example"]
    assert "Mrs. Lin: Until six." in letter.body
    assert "Is there rye?" not in letter.body
    assert f"/u/{conversation.union.slug}/conversations/{conversation.ref}/" in letter.body
    assert "안녕하세요" in letter.body

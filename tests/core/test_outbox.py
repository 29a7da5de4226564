from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import outbox
from core.models import HandledEvent, OutboxEvent


@pytest.fixture
def heard(monkeypatch):
    """Handlers of the test's own: what they heard, in order; a `boom` payload fails."""
    monkeypatch.setattr(outbox, "_handlers", {})
    notes: list[tuple[str, int]] = []

    @outbox.handles("test.happened")
    def first(*, event_id: UUID, number: int, boom: bool = False) -> None:
        if boom:
            raise ValueError("boom")
        notes.append(("first", number))

    @outbox.handles("test.happened")
    def second(*, event_id: UUID, number: int, boom: bool = False) -> None:
        notes.append(("second", number))

    return notes


@pytest.mark.django_db
def test_event_reaches_every_handler_once(heard):
    outbox.publish("test.happened", aggregate="thing:1", number=7)
    assert outbox.deliver_waiting(now=timezone.now()) == 1
    assert outbox.deliver_waiting(now=timezone.now()) == 0
    assert heard == [("first", 7), ("second", 7)]
    assert OutboxEvent.objects.get().delivered_at is not None


@pytest.mark.django_db
def test_failed_handler_is_tried_again_and_others_are_not_repeated(heard):
    now = timezone.now()
    outbox.publish("test.happened", aggregate="thing:1", number=1, boom=True)
    outbox.publish("test.happened", aggregate="thing:1", number=2)
    outbox.publish("test.happened", aggregate="thing:2", number=3)
    assert outbox.deliver_waiting(now=now) == 1
    assert heard == [("second", 1), ("first", 3), ("second", 3)]
    event = OutboxEvent.objects.get(payload__number=1)
    assert (event.attempts, event.delivered_at) == (1, None)
    assert event.last_error.endswith("ValueError('boom')")

    event.payload = {"number": 1}
    event.save()
    assert outbox.deliver_waiting(now=now) == 0  # waits for its time, and the later event of its thing behind it
    assert outbox.deliver_waiting(now=now + timedelta(minutes=1)) == 2
    assert heard[3:] == [("first", 1), ("first", 2), ("second", 2)]


@pytest.mark.django_db
def test_event_of_a_rolled_back_change_never_happened(heard):
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.publish("test.happened", aggregate="thing:1", number=1)
        raise RuntimeError
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_deliver_once_and_in_order(heard):
    for number in range(20):
        outbox.publish("test.happened", aggregate="thing:1", number=number)
    start = Barrier(4)

    def sweep() -> None:
        start.wait()
        while OutboxEvent.objects.filter(delivered_at=None).exists():
            outbox.deliver_waiting(now=timezone.now())
        connection.close()

    threads = [Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [(name, number) for number in range(20) for name in ("first", "second")]
    assert HandledEvent.objects.count() == 40


@pytest.mark.django_db
def test_untold_event_is_kept_and_reaches_nobody(heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, outbox.untold():
        outbox.publish("test.happened", aggregate="thing:1", number=1)
    outbox.publish("test.happened", aggregate="thing:1", number=2)

    assert callbacks == []
    assert outbox.deliver_waiting(now=timezone.now()) == 1
    assert heard == [("first", 2), ("second", 2)]
    assert OutboxEvent.objects.filter(payload__number=1, delivered_at__isnull=False).count() == 1

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from core.idempotency import KeyReused, StillWorking, answer_once, fingerprint
from core.models import IdempotencyRecord


def ask(work, *, body="a", key="k", now=None):
    return answer_once(
        actor="key:1", key=key, request_hash=fingerprint("POST", "/x", body), work=work, now=now or timezone.now()
    )


@pytest.mark.django_db
def test_same_key_and_body_give_the_same_answer():
    calls = []
    work = lambda: calls.append(1) or (201, {"number": len(calls)})  # noqa: E731
    assert ask(work) == (201, {"number": 1}, False)
    assert ask(work) == (201, {"number": 1}, True)
    assert len(calls) == 1


@pytest.mark.django_db
def test_same_key_with_another_body_is_refused_and_does_nothing():
    ask(lambda: (200, {}))
    calls = []
    with pytest.raises(KeyReused):
        ask(lambda: calls.append(1) or (200, {}), body="b")
    assert calls == []


@pytest.mark.django_db
def test_work_that_raises_frees_the_key():
    with pytest.raises(ZeroDivisionError):
        ask(lambda: (200, 1 // 0))
    assert not IdempotencyRecord.objects.exists()
    assert ask(lambda: (200, "done")) == (200, "done", False)


@pytest.mark.django_db
def test_dead_claim_is_taken_over_after_a_while():
    now = timezone.now()
    IdempotencyRecord.objects.create(actor="key:1", key="k", request_hash=fingerprint("POST", "/x", "a"))
    with pytest.raises(StillWorking):
        ask(lambda: (200, "new"), now=now)
    assert ask(lambda: (200, "new"), now=now + timedelta(minutes=2)) == (200, "new", False)


@pytest.mark.django_db
def test_within_a_transaction_the_work_still_waits_for_the_disk():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        ask(lambda: (200, "done"))
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_the_work_once():
    start = Barrier(8)
    calls, answers = [], []

    def request() -> None:
        start.wait()
        try:
            answers.append(ask(lambda: calls.append(1) or (201, "made")))
        except StillWorking:
            answers.append("wait")
        connection.close()

    threads = [Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert all(answer == "wait" or answer[:2] == (201, "made") for answer in answers)

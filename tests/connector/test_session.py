"""What the program remembers of the talk: nothing lost, nothing said twice."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from martunion_connector.session import Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LAMP = {"title": "Lamp", "price": 2500, "sku": "L"}


def hello(*calls, used=(), now=NOW):
    return {"currency": "GBP", "digits": 2, "now": now.isoformat(), "calls": list(calls), "used": list(used)}


def call(ref, *, until=NOW + timedelta(minutes=30)):
    return {"type": "wish", "request": ref, "words": "lamp", "answers_until": until.isoformat()}


def begun(*calls, **how):
    session = Session(**how)
    session.hello(hello(*calls), NOW)
    return session


def sent(session):
    found = []
    while (frame := session.next_frame()) is not None:
        found.append(frame)
    return found


def test_calls_that_wait_are_thought_about_in_the_order_in_which_they_came():
    session = begun(call("B"), call("A"))
    assert list(session.to_think) == ["A", "B"]
    assert session.call(call("A")) is False
    assert session.call(call("C")) is True


def test_an_answer_is_kept_until_it_is_acknowledged_and_sent_again_under_its_id():
    session = begun(call("A"))
    session.answer("A", LAMP)
    first = sent(session)
    assert first == [{**LAMP, "type": "answer", "id": "A.1", "request": "A"}]
    assert sent(session) == []
    session.closed()
    session.hello(hello(call("A")), NOW)
    assert sent(session) == first
    assert list(session.to_think) == ["A"]
    assert session.acknowledged("A.1") == first[0]
    session.closed()
    session.hello(hello(), NOW)
    assert (sent(session), session.call(call("A"))) == ([], False)


def test_what_was_answered_without_a_line_goes_out_with_the_next():
    session = begun(call("A"))
    session.closed()
    session.answer("A", LAMP)
    assert sent(session) == []
    session.hello(hello(call("A")), NOW)
    assert [frame["id"] for frame in sent(session)] == ["A.1"]


def test_what_is_over_is_not_said_any_more():
    session = begun(call("A"), call("B"))
    session.answer("A", LAMP)
    session.over("A")
    session.over("B")
    session.answer("B", LAMP)
    assert sent(session) == []
    assert session.call(call("A")) is False


def test_nothing_is_declined_once_and_looked_at_again_when_the_list_changes():
    session = begun(call("A"))
    session.to_think.clear()
    session.answer("A", None)
    assert sent(session) == [{"type": "decline", "id": "A.no", "request": "A"}]
    session.acknowledged("A.no")
    assert session.think_again() == 1
    session.answer("A", None)
    assert sent(session) == []
    session.answer("A", LAMP)
    assert [frame["id"] for frame in sent(session)] == ["A.1"]
    session.to_think.clear()
    assert session.think_again() == 0
    silent = begun(call("A"), declines=False)
    silent.answer("A", None)
    assert sent(silent) == []


def test_a_good_that_the_union_does_not_know_is_offered_by_its_title():
    session = begun(call("A"))
    session.answer("A", LAMP)
    sent(session)
    session.refused("A.1", "unknown_sku")
    assert sent(session) == [{"title": "Lamp", "price": 2500, "type": "answer", "id": "A.1-t", "request": "A"}]
    session.refused("A.1-t", "invalid")
    session.closed()
    session.hello(hello(), NOW)
    assert sent(session) == []
    assert session.refused(None, "too_many_frames") is None
    assert session.refused("unheard of", "invalid") is None


def test_sales_are_news_once():
    sale = {"request": "A", "response": "R-A"}
    session = Session()
    assert session.hello(hello(used=[sale]), NOW) == [sale]
    assert session.hello(hello(used=[sale]), NOW) == []
    assert session.used(sale) is False


def test_time_is_the_union_s_not_that_of_the_shop_s_computer():
    session = Session()
    slow = NOW - timedelta(hours=9)
    session.hello(hello(call("A"), now=NOW), slow)
    session.tidy(slow + timedelta(minutes=29))
    assert list(session.calls) == ["A"]
    session.tidy(slow + timedelta(minutes=31))
    assert list(session.calls) == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["call", "answer", "none", "ack", "lost", "over", "list"]), st.sampled_from("ABC")),
    max_size=40,
)


@settings(max_examples=300)
@given(STEPS)
def test_whatever_happens_a_call_has_one_id_and_is_answered_or_over(steps):
    """Against a union that stores what reaches it: frames and acknowledgements are lost with the line."""
    session, stored, over, called, waiting = begun(), {}, set(), set(), []

    def said():
        for frame in sent(session):
            waiting.append(frame)
            if frame["request"] not in over and frame["type"] == "answer":
                assert stored.setdefault(frame["request"], frame["id"]) == frame["id"]

    for step, ref in steps:
        if step == "call" and ref not in over:
            called.add(ref)
            session.call(call(ref))
        elif step in ("answer", "none") and ref in session.to_think:
            session.to_think.remove(ref)
            session.answer(ref, LAMP if step == "answer" else None)
            said()
        elif step == "ack" and waiting:
            session.acknowledged(waiting.pop(0)["id"])
        elif step == "lost":
            waiting.clear()
            session.closed()
            session.hello(hello(*(call(one) for one in sorted(called - over - set(stored)))), NOW)
            said()
        elif step == "over":
            over.add(ref)
            session.over(ref)
        elif step == "list":
            session.think_again()
    while session.to_think:
        session.answer(session.to_think.popleft(), LAMP)
    said()
    declined = {ref for ref, what in session.settled.items() if what == "declined"}
    assert called - over - declined <= set(stored)

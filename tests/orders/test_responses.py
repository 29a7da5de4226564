"""From the question to the satisfaction: each step of a response, its clock, and what is refused."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import OutboxEvent
from core.pictures import NotAPicture
from orders.models import CustomerResponse, ResponseEntry, ResponseTerms
from orders.services.contact import Contact
from orders.services.responses import (
    answer_response,
    assign_response,
    call_union,
    close_settled,
    escalate_late,
    hand_back,
    note_response,
    open_again,
    pass_to_union,
    rate_response,
    resolve_response,
    say_it_is_settled,
    take_response,
    write_more,
)
from orders.services.responses.asking import MOST_OPEN, TooManyResponses
from orders.services.responses.by_customer import RatedAlready, TooEarlyForUnion, TooLateToReopen, TooManyWords
from orders.services.responses.by_store import AnsweredMeanwhile, TakenMeanwhile
from orders.services.responses.picturing import picture_of
from orders.services.responses.terms import promise_answers
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, market
from tests.factories.stores import OpeningHoursFactory, ProductFactory, StoreFactory, StoreStaffFactory
from tests.orders.responding import DUE, NOW, asked, fresh, picture, steps

pytestmark = pytest.mark.django_db


def by_store(**more):
    return {"voice": "store", "actor": None, "now": NOW + timedelta(hours=6), **more}


def test_ask_store_starts_the_clock_and_tells():
    store = StoreFactory()
    made = asked(store, files=[picture()])
    own = fresh(made)
    assert (own.state, own.due_at, own.promised_at, own.left) == ("received", DUE, DUE, None)
    assert (own.email, own.language, own.user) == ("ada@example.com", "en", None)
    assert steps(made) == [("ask", "customer", "received")]
    event = OutboxEvent.objects.get(kind="orders.response_changed")
    assert event.payload == {"response_id": own.pk, "entry_id": own.entries.get().pk, "step": "ask"}
    assert picture_of(response=own, name=own.pictures[0]).startswith(b"RIFF")
    with pytest.raises(NotFound):
        picture_of(response=own, name="another")


def test_ask_store_with_the_same_key_asks_once():
    store = StoreFactory()
    assert asked(store, key="page:1").pk == asked(store, key="page:1").pk
    assert CustomerResponse.objects.count() == 1


def test_ask_store_counts_only_days_on_which_the_store_opens():
    store = StoreFactory(union__time_zone="Europe/London")
    OpeningHoursFactory(store=store, weekday=0)
    made = asked(store, now=NOW + timedelta(days=1))
    assert made.due_at == NOW + timedelta(days=7, hours=15)


def test_ask_store_refuses_what_says_nothing_or_belongs_elsewhere():
    store, order = StoreFactory(), OrderFactory()
    product = ProductFactory(store=store)
    with pytest.raises(Invalid):
        asked(store, words="  ")
    with pytest.raises(Invalid):
        asked(store, words="x" * 4001)
    with pytest.raises(Invalid):
        asked(store, kind="review")
    with pytest.raises(Invalid):
        asked(store, kind="return_wish")
    with pytest.raises(Invalid):
        asked(store, contact=Contact(None, "Ada"))
    with pytest.raises(NotAllowed):
        asked(store, order=order)
    with pytest.raises(Invalid):
        asked(order.store, order=order, product=product)
    with pytest.raises(NotAPicture) as refused:
        asked(store, files=[picture(), type(picture())("not.png", b"nothing")])
    assert refused.value.field == "pictures"
    assert not CustomerResponse.objects.exists()


def test_ask_store_is_limited_by_address_and_by_network():
    store = StoreFactory()
    for _number in range(MOST_OPEN):
        asked(store)
    with pytest.raises(TooManyResponses):
        asked(store)
    asked(store, contact=Contact(None, "Bea", "bea@example.com"), address="192.0.2.7")
    CustomerResponse.objects.filter(email="bea@example.com").update(made_at=NOW)
    own = CustomerResponse.objects.get(email="bea@example.com")
    assert own.origin
    assert "192.0.2.7" not in own.origin


def test_an_answer_pauses_the_clock_until_the_customer_speaks():
    made = asked(StoreFactory())
    answer_response(response=made, words="No rye.", **by_store())
    own = fresh(made)
    assert (own.state, own.due_at, own.left) == ("in_progress", None, timedelta(hours=18))
    assert own.first_answered_at == NOW + timedelta(hours=6)
    later = NOW + timedelta(days=3)
    write_more(response=made, words="And wheat?", actor=None, now=later)
    own = fresh(made)
    assert (own.due_at, own.left) == (later + timedelta(hours=18), None)
    answer_response(response=made, words="Yes.", **by_store(now=later + timedelta(hours=30)))
    write_more(response=made, words="How much?", actor=None, now=later + timedelta(hours=31))
    own = fresh(made)
    assert own.due_at == later + timedelta(hours=33)
    assert own.first_answered_at == NOW + timedelta(hours=6)
    assert steps(made) == [
        ("ask", "customer", "received"),
        ("answer", "store", "in_progress"),
        ("write", "customer", "in_progress"),
        ("answer", "store", "in_progress"),
        ("write", "customer", "in_progress"),
    ]


def test_an_answer_that_was_written_before_a_colleagues_is_stopped():
    made = asked(StoreFactory())
    seen = fresh(made).entries.get().pk
    answer_response(response=made, words="No rye.", **by_store(seen=seen))
    with pytest.raises(AnsweredMeanwhile):
        answer_response(response=made, words="Rye, yes.", **by_store(seen=seen))
    assert ResponseEntry.objects.filter(step="answer").count() == 1


def test_resolve_stops_the_clock_and_is_rated_once():
    made = asked(StoreFactory())
    with pytest.raises(WrongState):
        rate_response(response=made, stars=5, words="", actor=None, now=NOW)
    resolve_response(response=made, words="We have sent a new one.", **by_store())
    own = fresh(made)
    assert (own.state, own.due_at, own.resolved_at) == ("resolved", None, NOW + timedelta(hours=6))
    with pytest.raises(WrongState):
        resolve_response(response=made, words="Again.", **by_store())
    with pytest.raises(Invalid):
        rate_response(response=made, stars=6, words="", actor=None, now=NOW)
    rate_response(response=made, stars=4, words=" Quick! ", actor=None, now=NOW)
    with pytest.raises(RatedAlready):
        rate_response(response=made, stars=1, words="", actor=None, now=NOW)
    own = fresh(made)
    assert (own.satisfaction, own.satisfaction_words, own.state) == (4, "Quick!", "resolved")


def test_send_and_settle_is_one_step_for_who_answers():
    made = asked(StoreFactory())
    answer_response(response=made, words="Here you are.", **by_store(resolves=True))
    assert [step for step, _voice, _state in steps(made)] == ["ask", "answer", "resolve"]
    assert fresh(made).state == "resolved"


def test_what_is_resolved_can_be_opened_again_for_some_days_and_is_then_closed():
    made = asked(StoreFactory())
    union = made.union
    resolve_response(response=made, words="Done.", **by_store())
    late = NOW + timedelta(days=14, hours=6)
    assert close_settled(union=union, now=late - timedelta(seconds=1)) == []
    open_again(response=made, words="It broke again.", actor=None, now=late - timedelta(days=1))
    own = fresh(made)
    assert (own.state, own.resolved_at, own.due_at) == ("reopened", None, late)
    resolve_response(response=made, words="A new one.", **by_store(now=late))
    with pytest.raises(TooLateToReopen):
        write_more(response=made, words="And yet.", actor=None, now=late + timedelta(days=14))
    assert close_settled(union=union, now=late + timedelta(days=14)) == [made.pk]
    assert close_settled(union=union, now=late + timedelta(days=14)) == []
    with pytest.raises(WrongState):
        write_more(response=made, words="And yet.", actor=None, now=late + timedelta(days=14))
    assert fresh(made).state == "closed"


def test_the_customer_calls_the_union_after_an_answer_or_in_default_of_one():
    made, other = asked(StoreFactory()), asked(StoreFactory())
    with pytest.raises(TooEarlyForUnion):
        call_union(response=made, actor=None, now=DUE - timedelta(seconds=1))
    assert fresh(made).state == "received"
    call_union(response=made, actor=None, now=DUE, words="They do not answer.")
    assert (fresh(made).state, fresh(made).escalated_by) == ("escalated", "customer")
    answer_response(response=other, words="No.", **by_store())
    call_union(response=other, actor=None, now=NOW + timedelta(hours=7))
    assert fresh(other).escalated_at == NOW + timedelta(hours=7)
    with pytest.raises(WrongState):
        call_union(response=other, actor=None, now=NOW + timedelta(hours=8))


def test_what_is_at_the_union_is_settled_by_the_union_or_the_customer():
    made = asked(StoreFactory())
    pass_to_union(response=made, words="Please decide.", actor=None, now=NOW)
    with pytest.raises(WrongState):
        resolve_response(response=made, words="We say so.", **by_store())
    answer_response(response=made, words="Our view.", **by_store())
    assert fresh(made).state == "escalated"
    resolve_response(response=made, words="Half of it back.", **by_store(voice="union"))
    assert fresh(made).state == "resolved"
    other = asked(StoreFactory())
    pass_to_union(response=other, words="Please decide.", actor=None, now=NOW)
    say_it_is_settled(response=other, actor=None, now=NOW)
    assert fresh(other).state == "resolved"


def test_the_union_hands_it_back_with_a_new_clock():
    made = asked(StoreFactory())
    with pytest.raises(WrongState):
        hand_back(response=made, words="Yours.", actor=None, now=NOW)
    pass_to_union(response=made, words="Please decide.", actor=None, now=NOW)
    hand_back(response=made, words="Yours.", actor=None, now=DUE)
    own = fresh(made)
    assert (own.state, own.due_at) == ("in_progress", DUE + timedelta(hours=24))


def test_escalate_late_brings_to_the_union_what_the_store_let_pass():
    made, answered = asked(StoreFactory()), None
    answered = asked(made.store)
    answer_response(response=answered, words="No.", **by_store())
    union = made.union
    assert escalate_late(union=union, now=DUE + timedelta(hours=24, seconds=-1)) == []
    assert escalate_late(union=union, now=DUE + timedelta(hours=24)) == [made.pk]
    assert escalate_late(union=union, now=DUE + timedelta(hours=24)) == []
    own = fresh(made)
    assert (own.state, own.escalated_by, fresh(answered).state) == ("escalated", "", "in_progress")


def test_take_response_gives_it_to_one_and_assign_to_whom_may():
    made = asked(StoreFactory())
    first, second = (StoreStaffFactory(store=made.store, permissions=["orders"]).user for _ in range(2))
    assert take_response(response=made, actor=first, now=NOW) is True
    assert take_response(response=made, actor=first, now=NOW) is False
    with pytest.raises(TakenMeanwhile):
        take_response(response=made, actor=second, now=NOW)
    with pytest.raises(NotAllowed):
        assign_response(response=made, to=UserFactory(), actor=first, now=NOW)
    assert assign_response(response=made, to=second, actor=first, now=NOW) is True
    assert assign_response(response=made, to=second, actor=first, now=NOW) is False
    own = fresh(made)
    assert (own.assigned_to, own.state, own.due_at) == (second, "in_progress", DUE)
    assert [entry.is_internal for entry in own.entries.all()] == [False, True, True]


def test_a_note_is_never_the_customers_to_read():
    made = asked(StoreFactory())
    note_response(response=made, words="He always asks.", **by_store())
    entry = fresh(made).entries.last()
    assert (entry.is_internal, entry.to_state, fresh(made).first_answered_at) == (True, "received", None)


def test_promise_answers_may_be_quicker_than_the_union_asks_and_not_slower():
    store = StoreFactory()
    ResponseTerms.objects.create(union=store.union, answer_hours=8)
    assert asked(store).due_at == NOW + timedelta(hours=8)
    promise_answers(store=store, answer_hours=2, actor=None, now=NOW)
    assert asked(store).due_at == NOW + timedelta(hours=2)
    with pytest.raises(Invalid):
        promise_answers(store=store, answer_hours=9, actor=None, now=NOW)
    assert ResponseTerms.objects.get(store=store).answer_hours == 2


def test_pictures_of_what_is_refused_are_taken_away():
    made = asked(StoreFactory())
    resolve_response(response=made, words="Done.", **by_store())
    close_settled(union=made.union, now=NOW + timedelta(days=30))
    with pytest.raises(WrongState):
        write_more(response=made, words="Look.", actor=None, now=NOW, files=[picture()])
    storage = storages["talk"]
    folder = f"responses/{made.union_id}/{made.number}"
    assert not storage.exists(folder) or storage.listdir(folder)[1] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"satisfaction": 6, "rated_at": NOW},
        {"satisfaction": 3},
        {"state": "resolved"},
        {"state": "escalated"},
        {"left": timedelta(hours=1)},
        {"kind": "return_wish"},
        {"kind": "review"},
    ],
)
def test_the_database_keeps_what_cannot_be(wrong):
    made = asked(market().first)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerResponse.objects.filter(pk=made.pk).update(**wrong)
    own = fresh(made)
    assert (own.state, own.satisfaction, own.kind) == ("received", None, "question")


def test_the_machines_of_one_house_ask_together(monkeypatch):
    monkeypatch.setattr("orders.services.responses.asking.MOST_A_DAY", 2)
    store = StoreFactory()
    for number in (1, 2):
        guest = Contact(None, "Ada", f"a{number}@example.com", "", "en")
        asked(store, contact=guest, address=f"2001:db8:1:2::{number}")
    with pytest.raises(TooManyResponses):
        asked(store, contact=Contact(None, "Ada", "a3@example.com", "", "en"), address="2001:db8:1:2:ffff::9")
    asked(store, contact=Contact(None, "Bea", "bea@example.com", "", "en"), address="2001:db8:1:3::1")
    assert CustomerResponse.objects.count() == 3


def test_a_customer_floods_nobody_with_words_and_the_store_who_answers_opens_the_way_again(monkeypatch):
    monkeypatch.setattr("orders.services.responses.by_customer.MOST_IN_A_ROW", 4)
    made = asked(StoreFactory())
    guest = {"actor": None, "now": NOW}
    write_more(response=made, words="And oats?", **guest)
    say_it_is_settled(response=made, **guest)
    open_again(response=made, words="Well?", **guest)
    for step in (write_more, open_again):
        with pytest.raises(TooManyWords):
            step(response=fresh(made), words="Well?", **guest)
    assert fresh(made).entries.count() == 4
    answer_response(response=fresh(made), words="No.", **by_store())
    write_more(response=fresh(made), words="Thank you", actor=None, now=NOW + timedelta(hours=7))
    assert fresh(made).entries.count() == 6


def test_who_has_asked_enough_has_no_pictures_drawn(monkeypatch):
    monkeypatch.setattr("orders.services.responses.asking.MOST_A_DAY", 1)
    drawn = []
    monkeypatch.setattr("orders.services.responses.picturing.redrawn", lambda *, file: drawn.append(file))
    store = StoreFactory()
    asked(store, address="192.0.2.7")
    with pytest.raises(TooManyResponses):
        asked(store, contact=Contact(None, "Bea", "b@example.com", "", "en"), address="192.0.2.7", files=[picture()])
    assert drawn == []

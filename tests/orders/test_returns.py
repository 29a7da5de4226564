"""Goods come back: asked, answered, received piece by piece, refunded whole or less, also after the payout."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from core.errors import Invalid, WrongState
from core.outbox import untold
from orders.errors import GivesBackTooMuch, NotReturnable, PiecesGone
from orders.models import CreditNote, Order, Return, ReturnRule, ReturnStep
from orders.queries.returns import return_of_store, return_rules, return_with_all
from orders.services.procedures import assign
from orders.services.returns import (
    Received,
    approve_return,
    ask_return,
    cancel_return,
    decline_return,
    receive_return,
    refund_return,
)
from orders.services.returns.mail import send_return_mails
from orders.services.returns.rules import save_return_rule
from orders.services.runs.starting import start_runs
from payments.models import Earning, LedgerAccount, Payout
from payments.services.settlement import make_payouts, send_payout
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.payments import PayoutAccountFactory
from tests.factories.procedures import published, states
from tests.factories.unions import owner_of
from tests.orders.selling import (
    bought,
    completed,
    counts,
    differences,
    fresh,
    line_of,
    money,
    moved_to,
    movements,
    notes,
    on_hand,
    refunds,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=8)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def there():
    return market(holding_days=7)


@pytest.fixture
def order(there):
    """Three loaves that have arrived."""
    return moved_to(bought(there)[0], "delivered")


def ask(order, pieces=1, **kwargs):
    given = {"reason": "Stale", "actor": None, "now": NOW}
    return ask_return(order=order, pieces={line_of(order).pk: pieces}, **(given | kwargs))


def approved(order, pieces=1, **kwargs):
    return approve_return(returned=ask(order, pieces, **kwargs), answer="Bring it", actor=None, now=NOW)


def received(order, restock=1, write_off=0, **kwargs):
    returned = approved(order, restock + write_off, **kwargs)
    line = returned.lines.get()
    return receive_return(returned=returned, pieces={line.pk: Received(restock, write_off)}, actor=None, now=NOW)


def state_of(returned):
    return Return.objects.values_list("state", flat=True).get(pk=returned.pk)


def steps_of(returned):
    return list(
        ReturnStep.objects.filter(returned=returned).order_by("id").values_list("from_state", "to_state", "side")
    )


def test_a_return_is_asked_approved_received_and_refunded(there, order, commits):
    with commits():
        returned = refund_return(returned=received(order, restock=1, write_off=1), actor=None, now=NOW)
    assert (returned.state, returned.total, returned.settled_at) == ("refunded", 700, NOW)
    assert steps_of(returned) == [
        ("", "requested", "customer"),
        ("requested", "approved", "store"),
        ("approved", "received", "store"),
        ("received", "refunded", "store"),
    ]
    assert (counts(order), on_hand(there.bread)) == ((0, 2, 1), 8)
    assert movements(returned.number) == [("returned", 2), ("taken_out", -1)]
    assert (money(order), notes(order)) == (("captured", 1450, 700), [("returned", 700, 0)])
    assert fresh(order).state == "delivered"
    assert differences(there.union, now=LATER) == []


def test_nothing_moves_before_the_pieces_have_come(there, order):
    approved(order, 2)
    assert (counts(order), on_hand(there.bread), money(order)[2], notes(order)) == ((0, 0, 3), 7, 0, [])


def test_what_did_not_come_stays_with_the_shopper(there, order, commits):
    returned = approved(order, 3)
    line = returned.lines.get()
    with commits():
        receive_return(returned=returned, pieces={line.pk: Received(restock=1)}, actor=None, now=NOW)
        refund_return(returned=returned, actor=None, now=NOW)
    assert (counts(order), on_hand(there.bread), money(order)[2]) == ((0, 1, 2), 8, 350)
    assert ask(order, 2).state == "requested"  # the others can be asked for again


def test_less_goes_back_with_a_reason_and_delivery_on_top(there, order, commits):
    returned = received(order, restock=2)
    with pytest.raises(Invalid):
        refund_return(returned=returned, amount=500, actor=None, now=NOW)
    with pytest.raises(Invalid):
        refund_return(returned=returned, amount=701, reason="x", actor=None, now=NOW)
    with pytest.raises(Invalid):
        refund_return(returned=returned, delivery=401, actor=None, now=NOW)
    assert (state_of(returned), notes(order)) == ("received", [])
    with commits():
        refund_return(returned=returned, amount=500, delivery=100, reason="A bite is missing", actor=None, now=NOW)
    assert (notes(order), money(order)[2]) == ([("returned", 500, 100)], 600)
    with pytest.raises(Invalid):
        refund_return(returned=received(order), delivery=301, actor=None, now=NOW)


def test_a_refund_before_the_money_is_earned_lessens_the_earning(there, order, commits):
    with commits():
        refund_return(returned=received(order), actor=None, now=NOW)
    completed(order, now=LATER)
    [earning] = Earning.objects.filter(split__reference=order.number)
    assert (earning.kind, earning.gross) == ("sale", 1100)
    assert differences(there.union, now=LATER) == []


def test_a_refund_after_the_payout_is_a_negative_earning_of_the_next_period_once(there, order, commits):
    """Sold, earned, paid out, brought back, refunded, set off in the next payout, and the books agree."""
    PayoutAccountFactory(membership=order.membership)
    order = completed(order, now=LATER)
    paid_on = NOW + timedelta(days=40)
    [payout] = make_payouts(union=there.union, now=paid_on).made
    send_payout(payout=payout, now=paid_on)
    [sale] = Earning.objects.filter(split__reference=order.number)
    assert (sale.gross, sale.payout) == (1450, payout)
    back_on = paid_on + timedelta(days=1)
    returned = ask(order, 2, by_store=True, now=back_on)
    approve_return(returned=returned, answer="", actor=None, now=back_on)
    line = returned.lines.get()
    receive_return(returned=returned, pieces={line.pk: Received(restock=2)}, actor=None, now=back_on)
    with commits():
        refund_return(returned=returned, actor=None, now=back_on)
    with pytest.raises(WrongState):
        refund_return(returned=returned, actor=None, now=back_on)
    [negative] = Earning.objects.filter(split__reference=order.number, kind="refund")
    assert (negative.gross, negative.earned_at, negative.payout) == (-700, back_on, None)
    assert negative.net == -700 - negative.commission - negative.commission_tax
    assert differences(there.union, now=back_on) == []
    # What the store earns next is lessened by it, once.
    with commits():
        other = moved_to(bought(there, pieces=4)[0], "delivered", now=back_on)
    completed(other, now=back_on + timedelta(days=8))
    next_on = back_on + timedelta(days=40)
    [second] = make_payouts(union=there.union, now=next_on).made
    again = Earning.objects.get(split__reference=other.number)
    assert second.amount == again.net + negative.net
    assert set(second.earnings.values_list("kind", "gross")) == {("sale", 1800), ("refund", -700)}
    send_payout(payout=second, now=next_on)
    assert make_payouts(union=there.union, now=next_on + timedelta(days=40)).made == []
    assert Payout.objects.count() == 2
    owed = LedgerAccount.objects.get(kind="enterprise_payable", membership=order.membership)
    assert owed.balance == 0
    assert differences(there.union, now=next_on) == []


def test_the_order_and_its_siblings_are_untouched_by_a_return(there, commits):
    first, sibling = bought(there)
    first = moved_to(first, "delivered")
    with commits():
        refund_return(returned=received(first), actor=None, now=NOW)
    assert (fresh(sibling).state, counts(sibling), money(sibling)) == ("paid", (0, 0, 1), ("open", 0, 0))


def test_a_piece_is_in_one_open_return_only(order):
    ask(order, 2)
    with pytest.raises(PiecesGone) as refusal:
        ask(order, 2)
    assert refusal.value.facts["left"] == 1
    assert Return.objects.count() == 1


def test_a_return_that_was_called_off_or_declined_frees_its_pieces(order):
    cancel_return(returned=ask(order, 3), side="customer", actor=None, now=NOW)
    declined = decline_return(returned=ask(order, 3), answer="Worn", actor=None, now=NOW)
    assert (declined.state, declined.answer) == ("declined", "Worn")
    assert ask(order, 3).state == "requested"


def test_a_no_has_a_reason(order):
    returned = ask(order)
    with pytest.raises(Invalid):
        decline_return(returned=returned, answer=" ", actor=None, now=NOW)
    assert state_of(returned) == "requested"


@pytest.mark.parametrize("state", ["paid", "accepted", "packed", "shipped"])
def test_a_shopper_gives_back_only_what_has_arrived(there, state):
    order = moved_to(bought(there)[0], state)
    with pytest.raises(NotReturnable):
        ask(order)
    assert Return.objects.count() == 0


def test_the_days_are_over_for_the_shopper_but_not_for_the_store(order):
    after = NOW + timedelta(days=14, seconds=1)
    with pytest.raises(NotReturnable):
        ask(order, now=after)
    assert ask(order, now=NOW + timedelta(days=14)).state == "requested"
    assert ask(order, now=after, by_store=True).side == "store"


def test_a_store_may_give_more_days_than_the_union_but_not_fewer(there, order):
    ReturnRule.objects.create(union=there.union, days=30, words="Any counter")
    save_return_rule(store=there.first, days=7, words="", actor=UserFactory(), now=NOW)
    save_return_rule(store=there.second, days=60, words="By post", actor=UserFactory(), now=NOW)
    assert return_rules(there.union.pk, [there.first.pk, there.second.pk]) == {
        there.first.pk: (30, "Any counter"),
        there.second.pk: (60, "By post"),
    }
    assert ask(order, now=NOW + timedelta(days=29)).state == "requested"
    with pytest.raises(Invalid):
        save_return_rule(store=there.first, days=366, words="", actor=UserFactory(), now=NOW)


@pytest.mark.parametrize(
    ("step", "state"),
    [("approve", "approved"), ("decline", "received"), ("receive", "requested"), ("refund", "approved")],
)
def test_no_step_is_taken_from_a_state_that_does_not_allow_it(there, order, step, state):
    returned = {"requested": ask, "approved": approved, "received": received}[state](order)
    line = returned.lines.get()
    steps = {
        "approve": lambda: approve_return(returned=returned, answer="", actor=None, now=NOW),
        "decline": lambda: decline_return(returned=returned, answer="No", actor=None, now=NOW),
        "receive": lambda: receive_return(returned=returned, pieces={line.pk: Received(1)}, actor=None, now=NOW),
        "refund": lambda: refund_return(returned=returned, actor=None, now=NOW),
    }
    before = (counts(order), on_hand(there.bread), notes(order), steps_of(returned))
    with pytest.raises(WrongState):
        steps[step]()
    assert (state_of(returned), before) == (
        state,
        (counts(order), on_hand(there.bread), notes(order), steps_of(returned)),
    )


def test_more_cannot_come_than_was_asked_for(there, order):
    returned = approved(order, 1)
    line = returned.lines.get()
    with pytest.raises(PiecesGone):
        receive_return(returned=returned, pieces={line.pk: Received(1, 1)}, actor=None, now=NOW)
    with pytest.raises(Invalid):
        receive_return(returned=returned, pieces={line.pk: Received()}, actor=None, now=NOW)
    assert (state_of(returned), counts(order), on_hand(there.bread)) == ("approved", (0, 0, 3), 7)


def test_no_more_goes_back_than_was_paid(order):
    Order.objects.filter(pk=order.pk).update(given_back=1200)
    returned = received(order)
    with pytest.raises(GivesBackTooMuch):
        refund_return(returned=returned, actor=None, now=NOW)
    assert (state_of(returned), CreditNote.objects.count()) == ("received", 0)


def test_a_parcel_that_reached_nobody_comes_back_whole_and_cancels_its_order(there, commits):
    order = bought(there)[0]
    assign(store=there.first, procedure=published(there.first))
    start_runs(purchase_id=order.purchase_id, now=NOW)
    order = moved_to(order, "shipped")
    assert states(order) == "dsddo"
    with untold(), commits():
        returned = received(order, restock=2, write_off=1, by_store=True)
    assert states(order) == "dsddc"
    assert (fresh(order).state, state_of(returned)) == ("cancelled", "refunded")
    assert (money(order), on_hand(there.bread)) == (("captured", 1450, 1450), 9)
    assert refunds(order) == [(f"cancel-{order.number}", 1450, "done")]
    assert differences(there.union, now=LATER) == []


def test_each_side_is_written_to_when_the_other_has_moved(order):
    order.store.email = "bakery@example.com"
    order.store.save()
    returned = ask(order, 2)
    approve_return(returned=returned, answer="Bring it to the counter", actor=None, now=NOW)
    for step in ReturnStep.objects.filter(returned=returned).order_by("id"):
        send_return_mails(returned=return_with_all(returned.pk), step=step)
    store, shopper = mail.outbox
    assert (store.to, shopper.to) == (["bakery@example.com"], ["ada@example.com"])
    assert (f"/returns/{returned.number}/" in store.body, "Stale" in store.body) == (True, True)
    assert ("Bring it to the counter" in shopper.body, "2 × Bread" in shopper.body) == (True, True)


def photograph():
    buffer = io.BytesIO()
    Image.new("RGB", (90, 60), "red").save(buffer, "JPEG")
    return SimpleUploadedFile("crack.jpg", buffer.getvalue(), "image/jpeg")


def test_a_return_walks_through_the_pages_of_both_sides(there, commits):
    order = moved_to(bought(there)[0], "delivered", now=timezone.now())
    shopper, staff = Client(), Client()
    staff.force_login(owner_of(order.membership))
    track = f"/u/{there.union.slug}/track/{order.purchase.token}/"
    manage = f"/manage/{there.union.slug}/{there.first.slug}/"
    assert f"{track}{order.number}/return/" in shopper.get(track).content.decode()
    assert shopper.get(f"{track}{order.number}/return/").status_code == 200
    name = f"line_{line_of(order).pk}"
    wrong = shopper.post(f"{track}{order.number}/return/", {name: "1", "wish": "refund", "once": "0"})
    assert (wrong.status_code, Return.objects.count()) == (200, 0)
    for _press in range(2):
        sent = {name: "2", "reason": "Cracked", "wish": "refund", "photo": photograph(), "once": "1"}
        assert shopper.post(f"{track}{order.number}/return/", sent).status_code == 302
    returned = Return.objects.get()
    page = f"{manage}returns/{returned.number}/"
    assert "Cracked" in staff.get(f"{manage}returns/").content.decode()
    assert "Take them back" in staff.get(page).content.decode()
    for photo, client in ((f"{page}photo/", staff), (f"{track}returns/{returned.number}/photo/", shopper)):
        assert client.get(photo)["Content-Type"] == "image/webp"
    staff.post(f"{page}approve/", {"yes-answer": "To the counter", "once": "2"})
    assert "To the counter" in shopper.get(track).content.decode()
    line = returned.lines.get()
    too_many = {f"restock_{line.pk}": "2", f"write_off_{line.pk}": "1", "once": "3"}
    assert staff.post(f"{page}receive/", too_many).status_code == 200
    assert state_of(returned) == "approved"
    came = {f"restock_{line.pk}": "1", f"write_off_{line.pk}": "1", "note": "One is whole", "once": "4"}
    assert staff.post(f"{page}receive/", came).status_code == 302
    assert "7.00" in staff.get(page).content.decode()
    less = staff.post(f"{page}refund/", {"amount": "5.00", "delivery": "", "reason": "", "once": "5"})
    assert (less.status_code, "Say why it is less." in less.content.decode()) == (200, True)
    for _press in range(2):
        with commits():
            staff.post(f"{page}refund/", {"amount": "7.00", "delivery": "0", "reason": "", "once": "6"})
    assert (state_of(returned), money(order)[2], counts(order)) == ("refunded", 700, (0, 2, 1))
    assert "Settled" in shopper.get(track).content.decode()
    assert staff.get(f"{manage}orders/{order.number}/").status_code == 200
    assert "Nothing comes back" in staff.get(f"{manage}returns/?view=off").content.decode()


def test_the_counter_opens_a_return_that_is_approved_at_once(there, order):
    staff = Client()
    staff.force_login(owner_of(order.membership))
    manage = f"/manage/{there.union.slug}/{there.first.slug}/"
    sent = {f"line_{line_of(order).pk}": "1", "reason": "Brought back", "wish": "refund", "once": "1"}
    assert staff.get(f"{manage}orders/{order.number}/return/").status_code == 200
    assert staff.post(f"{manage}orders/{order.number}/return/", sent).status_code == 302
    returned = return_of_store(there.first, Return.objects.get().number)
    assert (returned.state, returned.side, returned.total) == ("approved", "store", 350)
    assert staff.post(f"{manage}returns-rules/", {"days": "40", "words": "Come in"}).status_code == 302
    assert ReturnRule.objects.get().days == 40


def test_the_shopper_calls_a_return_off_by_link(there, order):
    returned = ask(order)
    track = f"/u/{there.union.slug}/track/{order.purchase.token}/"
    for _press in range(2):
        assert Client().post(f"{track}returns/{returned.number}/cancel/").status_code == 302
    assert (state_of(returned), len(steps_of(returned))) == ("cancelled", 2)

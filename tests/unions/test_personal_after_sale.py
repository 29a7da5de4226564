"""What came after the sale: in the person's file, and forgotten with them while sums, states and books stay."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from core import outbox
from core.outbox import deliver_waiting
from orders.models import (
    Bill,
    Cart,
    CustomerResponse,
    HandOver,
    Order,
    Purchase,
    ResponseEntry,
    Return,
    RunStep,
    Shipment,
)
from orders.services.forgetting import forget_buyer
from orders.services.responses.by_customer import say_it_is_settled
from orders.services.returns import ask_return, cancel_return
from payments.models import PaymentAccount, Refund
from stores.models import Review, ReviewReport, UrgentClaim, UrgentPlace
from stores.services.forgetting import forget_reviewer
from stores.services.urgent.claiming import mail_key
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory, market
from tests.factories.urgent import is_proven, take, urgent_sale
from tests.orders.responding import asked
from tests.orders.selling import line_of
from tests.unions.after_sale import EMAIL, SECRET, after_sale, are_there, books, files
from tests.unions.test_personal import archive_of, made, names_in_the_database, person, settle
from unions.services.erasing import NotYet, erase_person, what_holds_back

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def lived(commits):
    """(where, who, what came of it)."""
    there, user = market(), person()
    return there, user, after_sale(there, user=user, commits=commits)


def table(archive: zipfile.ZipFile, name: str):
    return json.loads(archive.read(f"{name}.json"))


def test_the_file_holds_each_table_of_what_came_after_the_sale(lived):
    _there, user, life = lived
    archive = archive_of(made(user))
    assert archive.testzip() is None
    number = life.order.number
    followed = [row["to_state"] for row in table(archive, "orders/orders_followed") if row["order__number"] == number]
    assert followed[-3:] == ["packed", "shipped", "delivered"]
    [parcel] = [row for row in table(archive, "orders/parcels") if row["order__number"] == number]
    assert (parcel["carrier"], parcel["tracking_number"]) == ("Royal Mail", f"RM-{SECRET}")
    told = [(row["words"], row["place"]) for row in table(archive, "orders/parcels_followed") if row["words"]]
    assert told == [(f"{SECRET} rang", f"near {SECRET}")]
    [handed] = table(archive, "orders/handed_over")
    assert (handed["order__number"], handed["how"], handed["signed_by"]) == (
        life.collected.number,
        "signature",
        f"Mr {SECRET}",
    )
    steps = [row for row in table(archive, "orders/steps") if row["run__order__number"] == life.walked.number]
    assert [(row["step__title"], row["state"], row["signed_by"]) for row in steps] == [
        ("Deposit", "open", ""),
        ("Check", "open", ""),
        ("Wrap", "skipped", ""),
        ("Sign", "open", SECRET),
    ]
    [instead] = table(archive, "orders/substitutions")
    assert (instead["title"], instead["state"], instead["words"]) == ("Rolls", "declined", f"For {SECRET}: rolls?")
    [back] = table(archive, "orders/returns")
    assert (back["number"], back["state"], back["reason"], back["answer"]) == (
        life.returned.number,
        "refunded",
        f"{SECRET} is unwell",
        f"Come by, {SECRET}",
    )
    assert [row["quantity"] for row in table(archive, "orders/returned_pieces")] == [1]
    assert [row["to_state"] for row in table(archive, "orders/returns_followed")] == [
        "requested",
        "approved",
        "received",
        "refunded",
    ]
    assert [(row["kind"], row["total"]) for row in table(archive, "orders/credit_notes")] == [
        ("called_off", 350),
        ("returned", 350),
    ]
    responses = {row["number"]: row["words"] for row in table(archive, "orders/responses")}
    assert responses[life.response.number] == f"{SECRET} asks"
    assert responses[life.about_store.number] == f"Open late, {SECRET} wonders"
    said = [row["words"] for row in table(archive, "orders/responses_said")]
    assert (f"Dear {SECRET}" in said, f"{SECRET} thanks" in said, f"{SECRET} again" in said) == (True, True, False)
    [review] = table(archive, "stores/reviews")
    assert (review["ref"], review["words"], review["answer"]) == (
        str(life.review.ref),
        f"{SECRET} likes it",
        f"Sorry, {SECRET}",
    )
    [report] = table(archive, "stores/reviews_reported")
    assert report["words"] == f"{SECRET} saw this before"
    [claim] = table(archive, "stores/urgent_pieces")
    assert (claim["sale__ref"], claim["held"], claim["bought"]) == (life.sale.ref, 1, 1)
    assert table(archive, "stores/urgent_queues") == []
    assert f"{Bill.objects.get().number}" in {row["number"] for row in table(archive, "orders/payments_asked")}


def test_the_file_holds_every_picture_and_signature(lived):
    there, user, life = lived
    archive = archive_of(made(user))
    pictures = {name for name in archive.namelist() if not name.endswith((".csv", ".json"))}
    union, number = there.union.slug, life.response.number
    names = [name for row in ResponseEntry.objects.filter(response=life.response) for name in row.pictures]
    assert len(names) == 3
    assert pictures == {
        f"orders/returns/{union}/{life.returned.number}.webp",
        f"orders/signatures/{union}/{life.collected.number}.png",
        f"stores/reviews/{life.review.ref}-1.webp",
        f"stores/reviews/{life.review.ref}-2.webp",
        *(f"orders/responses/{union}/{number}/{name}.webp" for name in names),
    }
    with storages["returns"].open(life.returned.photo) as stored:
        assert archive.read(f"orders/returns/{union}/{life.returned.number}.webp") == stored.read()
    drawn = bytes(HandOver.objects.get().signature)
    assert archive.read(f"orders/signatures/{union}/{life.collected.number}.png") == drawn
    assert drawn.startswith(b"\x89PNG")


def test_a_picture_that_was_taken_away_meanwhile_is_left_out(lived):
    _there, user, life = lived
    storages["returns"].delete(life.returned.photo)
    names = archive_of(made(user)).namelist()
    assert [name for name in names if name.startswith("orders/returns/")] == []
    assert "orders/returns.json" in names


def test_anothers_returns_and_responses_are_not_in_the_file(lived):
    _there, _user, life = lived
    archive = archive_of(made(UserFactory()))
    assert [name for name in archive.namelist() if not name.endswith((".csv", ".json"))] == []
    assert all(SECRET not in archive.read(name).decode() for name in archive.namelist())
    assert life.returned.number not in archive.read("orders/returns.csv").decode()


def test_each_part_asks_as_often_for_much_as_for_little(commits):
    """A file of a person with twice as much takes no more queries."""
    there, user = market(stock=50), person()
    after_sale(there, user=user, commits=commits)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as seen:
            made(user)
        counts.append(len(seen))
        order = OrderFactory(
            store=there.first, purchase=PurchaseFactory(union=there.union, user=user), state="completed"
        )
        for each in range(2):
            response = asked(there.first, order=order, words=f"Question {each}")
            say_it_is_settled(response=response, actor=None, now=NOW)
    assert counts[0] == counts[1]


def test_an_erased_person_is_in_none_of_these_tables_and_the_books_are_as_they_were(lived):
    _there, user, life = lived
    kept, pictures = books(), files()
    assert len(pictures) == 6 and all(pictures.values())
    assert erase_person(user=user, now=SOON) is True
    settle()
    assert names_in_the_database() == []
    assert names_in_the_database(EMAIL) == []
    for table, rows in books().items():
        assert rows == kept[table], table
    assert (files(), are_there(pictures)) == ({}, [])
    returned = Return.objects.get()
    assert (returned.reason, returned.answer, returned.photo) == ("", "", "")
    assert (HandOver.objects.get().signature, HandOver.objects.get().signed_by) == (None, "")
    walked = RunStep.objects.filter(run__order=life.walked).order_by("pk")
    assert list(walked.values_list("state", "note", "signed_by")) == [
        ("open", "", ""),
        ("open", "", ""),
        ("skipped", "—", ""),
        ("open", "", ""),
    ]
    assert set(Shipment.objects.values_list("tracking_number", "tracking_url")) == {("", "")}
    assert {reason for (reason,) in Refund.objects.values_list("reason")} == {""}
    assert Bill.objects.get().email == f"{user.pk}@erased.invalid"
    responses = CustomerResponse.objects.order_by("pk")
    assert {(each.name, each.email, each.words, each.key, each.origin) for each in responses} == {("", "", "", "", "")}
    assert {each.token.partition("-")[0] for each in responses} == {"gone"}
    assert len({each.token for each in responses}) == 3
    review = Review.objects.get(pk=life.review.pk)
    assert (review.author_name, review.words, review.pictures, review.answer, review.answered_at) == (
        "—",
        "",
        [],
        "",
        None,
    )
    assert set(ReviewReport.objects.values_list("words", flat=True)) == {""}
    assert UrgentClaim.objects.filter(shopper=mail_key(email=EMAIL)).count() == 0
    assert (UrgentClaim.objects.get(shopper=f"user:{user.pk}").held, is_proven(life.sale)) == (0, True)
    assert Review.objects.filter(words="Bright").count() == 1


def test_a_review_that_waits_for_the_store_waits_no_longer(commits):
    there, user = market(), person()
    life = after_sale(there, user=user, commits=commits)
    waiting = CustomerResponse.objects.get(review=life.review)
    CustomerResponse.objects.filter(pk=waiting.pk).update(state="received", resolved_at=None, due_at=NOW)
    assert what_holds_back(user=user) == []
    erase_person(user=user, now=SOON)
    settle()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_at, waiting.words) == ("closed", None, "")
    last = waiting.entries.last()
    assert (last.step, last.voice, last.from_state, last.to_state) == ("close", "", "received", "closed")
    told = outbox.OutboxEvent.objects.filter(kind="orders.response_changed", payload__entry_id=last.pk)
    assert told.count() == 1


def test_forgetting_again_changes_nothing_more(lived):
    _there, user, _life = lived
    erase_person(user=user, now=SOON)
    settle()
    before = books()
    tokens = list(CustomerResponse.objects.order_by("pk").values_list("token", "changed_at"))
    entries = ResponseEntry.objects.count()
    assert erase_person(user=user, now=SOON) is False
    forget_buyer(user_id=user.pk, now=SOON)
    forget_reviewer(user_id=user.pk)
    assert books() == before
    assert list(CustomerResponse.objects.order_by("pk").values_list("token", "changed_at")) == tokens
    assert ResponseEntry.objects.count() == entries


@pytest.mark.parametrize("dies_at", ["forget_pictures", "forget_photo", "forget_returns", "forget_responses"])
def test_a_handler_that_is_killed_half_way_is_followed_by_one_that_ends_it(lived, monkeypatch, dies_at):
    """Files go before the rows that name them, so the rows lead the next one to what is left."""
    from orders.services import forgetting_aftercare

    _there, user, _life = lived
    kept, pictures = books(), files()
    erase_person(user=user, now=SOON)
    whole, calls = getattr(forgetting_aftercare, dies_at), []

    def dies(**given):
        whole(**given)
        calls.append(1)
        raise OSError("killed")

    monkeypatch.setattr(forgetting_aftercare, dies_at, dies)
    deliver_waiting(now=datetime.now(UTC))
    assert calls
    assert {"orders_customerresponse", "orders_return", "orders_purchase"} <= set(names_in_the_database())
    monkeypatch.setattr(forgetting_aftercare, dies_at, whole)
    settle()
    assert names_in_the_database() == []
    assert (books(), are_there(pictures)) == (kept, [])


def test_an_open_return_holds_back_and_nothing_changes(commits):
    there, user = market(), person()
    life = after_sale(there, user=user, commits=commits)
    Order.objects.filter(pk=life.order.pk).update(state="delivered")
    returned = ask_return(
        order=Order.objects.select_related("union", "store", "purchase").get(pk=life.order.pk),
        pieces={line_of(life.order).pk: 1},
        reason="Also stale",
        actor=user,
        now=NOW,
    )
    before, names = books(), names_in_the_database()
    with pytest.raises(NotYet) as refusal:
        erase_person(user=user, now=SOON)
    assert refusal.value.reasons == [f"Return {returned.number} is not settled yet."]
    settle()
    assert (books(), names_in_the_database()) == (before, names)
    assert UrgentClaim.objects.get(shopper=f"user:{user.pk}").held == 1
    cancel_return(returned=returned, side="customer", actor=user, now=NOW)
    assert what_holds_back(user=user) == []


@pytest.mark.parametrize("state", ["requested", "approved", "received"])
def test_a_return_holds_back_until_the_money_is_back(state):
    there, user = market(), person()
    order = OrderFactory(store=there.first, purchase=PurchaseFactory(union=there.union, user=user), state="completed")
    rows = {"union": there.union, "store": there.first, "order": order, "currency": "GBP", "total": 1}
    Return.objects.create(number="R-1", state=state, requested_at=NOW, **rows)
    assert what_holds_back(user=user) == ["Return R-1 is not settled yet."]
    Return.objects.update(external_id="from elsewhere")
    assert what_holds_back(user=user) == []


def test_an_open_response_holds_back_until_the_person_says_that_it_is_settled():
    there, user = market(), person()
    order = OrderFactory(store=there.first, purchase=PurchaseFactory(union=there.union, user=user), state="completed")
    by_hand = asked(there.first, order=order, words="Where is the receipt?", actor=user)
    with pytest.raises(NotYet) as refusal:
        erase_person(user=user, now=SOON)
    assert refusal.value.reasons == [
        f"What you asked under {by_hand.number} is still open. Say there that it is settled."
    ]
    user.refresh_from_db()
    assert (user.is_active, CustomerResponse.objects.get().words) == (True, "Where is the receipt?")
    say_it_is_settled(response=by_hand, actor=user, now=NOW)
    assert erase_person(user=user, now=SOON) is True


def test_a_place_in_the_queue_and_a_claim_go_with_the_person():
    there, user = market(), person()
    sale = urgent_sale(there.bread, quantity=1)
    take(sale, token="somebody-else")
    UrgentPlace.objects.create(union=there.union, sale=sale, shopper=f"user:{user.pk}", quantity=1, since=NOW)
    other = urgent_sale(there.lamp, quantity=2)
    take(other, user=user)
    assert erase_person(user=user, now=SOON) is True
    assert (UrgentPlace.objects.count(), Cart.objects.filter(user=user).count()) == (0, 0)
    assert UrgentClaim.objects.get(shopper=f"user:{user.pk}").held == 0
    assert (other.level.__class__.objects.get(sale=other).left, is_proven(other), is_proven(sale)) == (2, True, True)


def test_what_was_bought_as_a_guest_is_forgotten_with_cart_and_deposit(commits):
    """Under an address that is proved to be the person's."""
    there, user = market(), person()
    life = after_sale(there, user=None, commits=commits)
    Order.objects.filter(pk=life.order.pk).update(state="completed")
    assert erase_person(user=user, now=SOON) is True
    settle()
    left = set(names_in_the_database()) | set(names_in_the_database(EMAIL))
    # Whoever reported without signing in cannot be told from others.
    assert left == {"stores_reviewreport"}
    assert Purchase.objects.filter(user=user).count() == 3
    assert are_there(files()) == []


def test_every_picture_of_a_person_is_in_the_file_or_says_why_not():
    """A field that names a file or holds one is read by some app's `personal.py`, or stands here with the reason."""
    import inspect

    from django.apps import apps
    from django.db.models import BinaryField, FileField

    from core.personal import file_keepers, keepers
    from tests.unions.personal_exceptions import FILES

    told = "\n".join(inspect.getsource(inspect.getmodule(each)) for each in [*keepers.values(), *file_keepers.values()])
    named = {
        "photo",
        "picture",
        "pictures",
        "signature",
        "path",
        "file",
        "sizes",
        "front_sizes",
        "own_picture",
        "report",
    }
    missing = []
    for model in apps.get_models():
        if model._meta.app_label in {"unions", "payments", "stores", "orders", "chat", "matching", "ascc", "accounts"}:
            for field in model._meta.concrete_fields:
                if field.name in named or isinstance(field, BinaryField | FileField):
                    label = f"{model._meta.label}.{field.name}"
                    if label not in FILES and f"{model.__name__}.objects" not in told:
                        missing.append(label)
    assert not missing, "\n".join(missing)


def test_the_zip_is_whole_when_two_unions_use_one_number(commits):
    here, elsewhere, user = market(), market(), person()
    lives = []
    for there in (here, elsewhere):
        lives.append(after_sale(there, user=user, commits=commits))
        PaymentAccount.objects.update(token=Concat("token", Value("+")))
    Return.objects.update(number="R-1")
    archive = archive_of(made(user))
    names = [name for name in archive.namelist() if name.startswith("orders/returns/")]
    assert sorted(names) == sorted(f"orders/returns/{life.returned.union.slug}/R-1.webp" for life in lives)
    assert io.BytesIO(archive.read(names[0])).read(4) == b"RIFF"

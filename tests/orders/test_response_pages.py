"""Responses on pages: asked by a guest, answered by the store, told by mail, settled and rated."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message
from orders import tasks
from orders.models import CustomerResponse
from orders.queries.response_figures import response_figures, responses_by_day
from orders.services.responses import answer_response, call_union, rate_response, resolve_response, take_in_review
from stores.models import Review, ReviewReport
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, market
from tests.factories.stores import ReviewFactory, StoreStaffFactory
from tests.manage.people import signed_in
from tests.orders.responding import NOW, asked, fresh, picture

pytestmark = pytest.mark.django_db


def staff_of(store) -> Client:
    return signed_in(StoreStaffFactory(store=store, permissions=["orders"]).user)


def test_a_guest_asks_is_answered_and_says_how_it_was():
    there, guest = market(), Client()
    store = there.first
    about = f"/u/{there.union.slug}/responses/about/{store.slug}/{there.bread.product.slug}/"
    assert about in guest.get(f"/u/{there.union.slug}/{store.slug}/{there.bread.product.slug}/").content.decode()
    empty = guest.post(about, {"kind": "question", "words": "", "email": "ada@example.com"})
    assert (empty.status_code, CustomerResponse.objects.count()) == (422, 0)
    sent = {"kind": "question", "words": "Is there rye in it?", "email": "ada@example.com", "once": "abc"}
    own = guest.post(about, {**sent, "pictures": [picture()]}).headers["Location"]
    assert guest.post(about, {**sent, "pictures": [picture()]}).headers["Location"] == own
    response = CustomerResponse.objects.get()
    page = guest.get(own)
    assert "Is there rye in it?" in page.content.decode()
    shown = guest.get(f"{own}pictures/{response.pictures[0]}/")
    assert (shown.headers["Content-Type"], shown.headers["Cache-Control"]) == ("image/webp", "private, no-store")
    assert guest.get(f"{own}pictures/other/").status_code == 404
    counter = staff_of(store)
    home = f"/manage/{there.union.slug}/{store.slug}/responses/"
    assert "Is there rye in it?" in counter.get(home).content.decode()
    one = counter.get(f"{home}{response.number}/")
    seen = one.context["answer"].initial["seen"]
    reply = {"words": "No rye.", "seen": seen, "once": "x1"}
    assert counter.post(f"{home}{response.number}/answer/", reply).status_code == 302
    late = counter.post(f"{home}{response.number}/answer/", {**reply, "words": "Rye!", "once": "x2"})
    assert (late.status_code, "Rye!" in late.content.decode()) == (422, True)
    assert "No rye." in guest.get(own).content.decode()
    counter.post(f"{home}{response.number}/note/", {"words": "Asks often.", "once": "x3"})
    assert "Asks often." not in guest.get(own).content.decode()
    assert guest.post(f"{own}settle/").status_code == 302
    assert guest.post(f"{own}rate/", {"stars": "5", "words": "Quick."}).status_code == 302
    response.refresh_from_db()
    assert (response.state, response.satisfaction) == ("resolved", 5)


def test_each_side_hears_of_the_others_step_by_mail():
    there = market()
    made = asked(there.first)
    first = fresh(made).entries.get()
    tasks.mail_response(made.pk, first.pk)
    answer = answer_response(response=made, words="No rye.", voice="store", actor=None, now=NOW)
    tasks.mail_response(made.pk, answer.pk)
    union_called = call_union(response=made, words="Please help.", actor=None, now=NOW)
    made.union.contact_email = "office@union.example"
    made.union.save()
    tasks.mail_response(made.pk, union_called.pk)
    told = [(message.to, message.subject) for message in mail.outbox]
    owners = told[0][0]
    assert told[0][1] == "Ada asks you something"
    assert told[1] == (["ada@example.com"], "Bakery has answered you")
    assert f"/u/{there.union.slug}/responses/{made.token}/" in mail.outbox[1].body
    assert told[2:] == [
        (owners, "The union looks into the matter of Ada"),
        (["office@union.example"], "Bakery: a customer calls the union"),
    ]
    assert all(made.token not in message.body for message in mail.outbox if message.to != ["ada@example.com"])


def test_an_order_is_asked_about_from_the_page_that_follows_it():
    order = OrderFactory(state="delivered")
    guest = Client()
    track = f"/u/{order.union.slug}/track/{order.purchase.token}/"
    ask = f"{track}{order.number}/ask/"
    assert ask in guest.get(track).content.decode()
    assert "give something back" in guest.get(ask).content.decode()
    own = guest.post(ask, {"kind": "return_wish", "words": "Too yellow."}).headers["Location"]
    response = CustomerResponse.objects.get()
    assert (response.order, response.email, response.kind) == (order, "ada@example.com", "return_wish")
    assert "Too yellow." in guest.get(own).content.decode()
    assert response.number in guest.get(ask).content.decode()


def test_what_an_account_asked_opens_to_its_person_alone():
    there, person = market(), UserFactory()
    own = signed_in(person)
    about = f"/u/{there.union.slug}/responses/about/{there.first.slug}/"
    page = own.post(about, {"kind": "complaint", "words": "Nobody opens."}).headers["Location"]
    assert own.get(page).status_code == 200
    assert "Nobody opens." in own.get("/account/responses/").content.decode()
    for other in (Client(), signed_in(UserFactory())):
        assert other.get(page).status_code == 404
        assert other.post(f"{page}settle/").status_code == 404
    assert CustomerResponse.objects.get().state == "received"


def test_talk_about_it_shows_the_store_what_it_is_about():
    there, guest = market(), Client()
    about = f"/u/{there.union.slug}/responses/about/{there.first.slug}/"
    own = guest.post(about, {"kind": "question", "words": "Rye?", "email": "ada@example.com"}).headers["Location"]
    response = CustomerResponse.objects.get()
    talk = f"/u/{there.union.slug}/conversations/about/{response.token}/"
    assert talk in guest.get(own).content.decode()
    for _twice in range(2):
        assert guest.post(talk).status_code == 302
    conversation = Conversation.objects.get()
    response.refresh_from_db()
    assert response.conversation == conversation.ref
    message = Message.objects.get(conversation=conversation, kind="response")
    assert message.card == {"response": response.pk}
    card = f"/u/{there.union.slug}/conversations/{conversation.ref}/cards/{message.seq}/"
    assert "Rye?" in guest.get(card).content.decode()
    assert Client().get(card).status_code == 404


def test_a_review_is_answered_in_public_from_the_list():
    there = market()
    review = ReviewFactory(product=there.bread.product, store=there.first, stars=2, words="Dry.", title="")
    take_in_review(review=review, now=timezone.now())
    response = CustomerResponse.objects.get()
    counter, home = staff_of(there.first), f"/manage/{there.union.slug}/{there.first.slug}/responses/"
    assert "Dry." in counter.get(home).content.decode()
    page = f"{home}{response.number}/"
    assert counter.post(f"{page}answer/", {"words": "We bake longer now.", "once": "1"}).status_code == 302
    product = f"/u/{there.union.slug}/{there.first.slug}/{there.bread.product.slug}/"
    body = Client().get(product).content.decode()
    assert "We bake longer now." in body
    assert Client().get(f"/u/{there.union.slug}/responses/{response.token}/").status_code == 404
    report = f"/u/{there.union.slug}/reviews/{review.ref}/report/"
    assert report in body
    for _twice in range(2):
        assert Client().post(report, {"reason": "not_about", "words": ""}).headers["Location"] == product
    assert Client().post(report, {"reason": ""}).status_code == 422
    assert ReviewReport.objects.get().reason == "not_about"
    Review.objects.filter(pk=review.pk).update(is_visible=False)
    assert Client().get(report).status_code == 404


def test_figures_tell_waits_lateness_and_satisfaction():
    there = market()
    quick, slow, _waiting = asked(there.first), asked(there.first), asked(there.first)
    asked(there.second)
    said = {"voice": "store", "actor": None}
    answer_response(response=quick, words="Yes.", now=NOW + timedelta(hours=2), **said)
    resolve_response(response=quick, words="Done.", now=NOW + timedelta(hours=4), **said)
    rate_response(response=quick, stars=4, words="", actor=None, now=NOW + timedelta(hours=5))
    answer_response(response=slow, words="Yes.", now=NOW + timedelta(hours=26), **said)
    later = NOW + timedelta(hours=27)
    bakery, lamps = response_figures(union=there.union, now=later)
    assert (bakery.name, bakery.asked, bakery.answered, bakery.open, bakery.late) == ("Bakery", 3, 2, 2, 2)
    assert (bakery.first_wait, bakery.resolve_wait) == (timedelta(hours=14), timedelta(hours=4))
    assert (bakery.content, bakery.rated, bakery.resolved, bakery.escalated) == (4.0, 1, 1, 0)
    assert (lamps.asked, lamps.first_wait, lamps.content) == (1, None, None)
    (own,) = response_figures(union=there.union, now=later, store_id=there.second.pk)
    assert own == lamps
    days = responses_by_day(union=there.union, now=later, days=7)
    assert [(day.asked, day.resolved) for day in days[-3:]] == [(0, 0), (4, 1), (0, 0)]


def test_days_and_sums_count_a_review_alike():
    there = market()
    review = ReviewFactory(product=there.bread.product, store=there.first, stars=5, words="Crusty.", written_at=NOW)
    public = take_in_review(review=review, now=NOW)
    answer_response(response=public, words="Thank you.", voice="store", actor=None, now=NOW)
    asked(there.first)
    later = NOW + timedelta(hours=1)
    (bakery,) = response_figures(union=there.union, now=later)
    days = responses_by_day(union=there.union, now=later)
    assert (
        (sum(day.asked for day in days), sum(day.resolved for day in days)) == (bakery.asked, bakery.resolved) == (2, 0)
    )


def test_the_list_asks_as_often_for_three_as_for_one(django_assert_num_queries):
    there = market()
    counter, home = staff_of(there.first), f"/manage/{there.union.slug}/{there.first.slug}/responses/"
    asked(there.first, product=there.bread.product)
    counter.get(home)
    with django_assert_num_queries(7):
        assert len(counter.get(home).context["rows"]) == 1
    asked(there.first)
    asked(there.first, order=OrderFactory(store=there.first))
    with django_assert_num_queries(7):
        assert len(counter.get(home).context["rows"]) == 3

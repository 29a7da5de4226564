"""Wishes that nobody could fulfil: told once when something fitting is in stock, and never when that is unwanted."""

import re
from datetime import timedelta

import pytest
from allauth.account.signals import user_logged_in
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.outbox import OutboxEvent
from matching import tasks
from matching.handlers import mail_found
from matching.models import MatchRequest
from matching.queries.remembered import goods_for
from matching.services import throwing
from matching.services.answering import Answer, answer_call
from matching.services.ending import close_requests
from matching.services.remembering import claim_wishes, stop_watching, tell_watchers
from stores.services.search import index_products
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller, shopper, thrown
from tests.factories.orders import NOW
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
OVER = NOW + timedelta(hours=1)


def lamp(union, *, price=2000, title="Brass reading lamp", stock=5, **given):
    store = given.pop("store", None) or StoreFactory(union=union, **given)
    variant = VariantFactory(product=ProductFactory(store=store, title=title), price=price, stock=stock)
    index_products(product_ids=[variant.product_id])
    return variant


def remembered(union, **said):
    said = {"email": "ada@mail.example", "is_watched": True, **said}
    request = thrown(union, **said)
    close_requests(now=OVER)
    request.refresh_from_db()
    assert request.state == "expired"
    return request


def events():
    return [event.payload for event in OutboxEvent.objects.filter(kind="matching.wish_found").order_by("id")]


def test_who_wished_in_vain_is_told_once_when_it_is_laid_in():
    union = UnionFactory()
    request = remembered(union)
    assert tell_watchers(now=OVER) == 0
    variant = lamp(union)
    assert (tell_watchers(now=OVER), tell_watchers(now=OVER)) == (1, 0)
    request.refresh_from_db()
    assert (request.told_at, request.is_watched) == (OVER, False)
    assert events() == [{"request_id": request.pk, "variant_id": variant.pk}]
    tasks.mail_found(request.pk, variant.pk)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["ada@mail.example"], "Now in stock: Brass reading lamp")
    assert f"/u/{union.slug}/{variant.product.store.slug}/{variant.product.slug}/" in sent.body
    assert f"/u/{union.slug}/match/?q=reading+lamp" in sent.body


def test_the_event_queues_the_mail(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.mail_found, "delay", lambda *ids: queued.append(ids))
    mail_found(request_id=1, variant_id=2)
    assert queued == [(1, 2)]


@pytest.mark.parametrize(
    ("goods", "wish"),
    [
        ({"stock": 1}, {"quantity": 2}),
        ({"price": 3000}, {"budget": 2500}),
        ({"title": "Brass bell"}, {}),
        ({"is_published": False}, {}),
        ({}, {"condition": "used"}),
        ({"latitude": 50.118, "longitude": -5.537}, {"latitude": 50.263, "longitude": -5.051, "reach_km": 20}),
    ],
)
def test_what_does_not_fit_is_not_told(goods, wish):
    union = UnionFactory()
    remembered(union, **wish)
    lamp(union, **goods)
    lamp(UnionFactory())
    assert (tell_watchers(now=OVER), events()) == (0, [])


def test_only_chosen_shops_count_for_a_wish_to_chosen_shops():
    union = UnionFactory()
    store = caller(union)
    remembered(union, scope="chosen", stores=[store.pk])
    lamp(union)
    assert tell_watchers(now=OVER) == 0
    variant = lamp(union, store=store)
    assert tell_watchers(now=OVER) == 1
    assert events()[0]["variant_id"] == variant.pk


def test_the_best_of_what_fits_is_told():
    union = UnionFactory()
    lamp(union, price=100, title="Lamp of two words, reading"), lamp(union, price=3000)
    best = lamp(union, price=2000)
    request = remembered(union, words="brass reading lamp")
    [found] = goods_for([request])
    assert found.variant_id == best.pk


def test_answered_unwatched_old_and_open_wishes_are_left_alone():
    union = UnionFactory()
    store = caller(union)
    answered = thrown(union, is_watched=True, email="a@mail.example")
    answer_call(request=answered, store=store, answer=Answer(price=1), by="person", actor=None, now=NOW)
    remembered(union, is_watched=False)
    lamp(union)
    assert tell_watchers(now=OVER) == 0
    remembered(union)
    assert tell_watchers(now=NOW + timedelta(days=60)) == 0
    thrown(union, now=OVER, is_watched=True, email="a@mail.example")
    assert tell_watchers(now=OVER) == 1


def test_batches_bring_everybody_in_a_fixed_number_of_queries_each(django_assert_num_queries):
    union = UnionFactory()
    for index in range(5):
        remembered(union, email=f"a{index}@mail.example")
    lamp(union)
    assert tell_watchers(now=OVER, at_once=2) == 5
    assert len(events()) == 5
    MatchRequest.objects.update(is_watched=True, told_at=None)
    with django_assert_num_queries(9):
        assert tell_watchers(now=OVER) == 5


def test_the_link_of_the_mail_ends_it_for_all_wishes_of_that_address():
    union = UnionFactory(slug="harbour")
    first, second, other = remembered(union), remembered(union), remembered(union, email="bo@mail.example")
    variant = lamp(union)
    tasks.mail_found(first.pk, variant.pk)
    path = re.search(r"/u/harbour/match/quiet/\S+", mail.outbox[0].body)[0]
    client = Client()
    assert "Remember my wishes no longer" in client.get(path).content.decode()
    assert MatchRequest.objects.filter(is_watched=True).count() == 3
    assert "We remember your wishes no longer." in client.post(path).content.decode()
    states = dict(MatchRequest.objects.values_list("pk", "is_watched"))
    assert states == {first.pk: False, second.pk: False, other.pk: True}
    assert client.get("/u/harbour/match/quiet/forged/").status_code == 404
    UnionFactory(slug="elsewhere")
    assert client.post(path.replace("harbour", "elsewhere")).status_code == 404


def test_a_guests_wishes_become_the_persons_at_sign_in():
    union = UnionFactory()
    user, request, foreign = UserFactory(), remembered(union), thrown(union, by=shopper(union, visitor="browser-2"))
    assert claim_wishes(user=user, visitor="") == 0
    assert (claim_wishes(user=user, visitor="browser-1"), claim_wishes(user=user, visitor="browser-1")) == (1, 0)
    request.refresh_from_db(), foreign.refresh_from_db()
    assert (request.user, request.visitor, request.email, foreign.user) == (user, "", "", None)
    variant = lamp(union)
    tasks.mail_found(request.pk, variant.pk)
    assert mail.outbox[0].to == [user.email]
    assert stop_watching(request=request) == 1


def test_signing_in_takes_them_along():
    union = UnionFactory(slug="harbour")
    user = UserFactory()
    client = Client()
    client.post("/u/harbour/match/", {"words": "reading lamp", "quantity": "1", "key": "k"})
    request = MatchRequest.objects.get(union=union)
    client.force_login(user)
    page = client.get(f"/u/harbour/match/{request.ref}/")
    user_logged_in.send(sender=type(user), request=page.wsgi_request, user=user)
    request.refresh_from_db()
    assert request.user == user
    listed = client.get("/account/wishes/").content.decode()
    assert "reading lamp" in listed and f"/u/harbour/match/{request.ref}/" in listed
    assert "reading lamp" not in Client().get("/account/wishes/", follow=True).content.decode()


def test_erasing_a_person_keeps_the_figures_and_nothing_of_the_person():
    union = UnionFactory()
    user = UserFactory()
    request = thrown(union, by=shopper(union, user=user))
    assert (request.visitor, request.email) == ("", "")
    stores, asked = request.stores, request.asked_at
    user.delete()
    request.refresh_from_db()
    assert (request.user, request.visitor, request.email) == (None, "", "")
    assert (request.stores, request.asked_at, request.state) == (stores, asked, "open")


def test_a_wish_whose_process_died_is_called_again_and_only_then(monkeypatch):
    union = UnionFactory()
    store = caller(union, itself=True)
    lamp(union, store=store)
    called = []
    monkeypatch.setattr(throwing, "call_stores", lambda *, request: called.append(request.ref))
    with monkeypatch.context() as dying:
        dying.setattr(throwing, "call_stores", _dies)
        with pytest.raises(KeyboardInterrupt):
            thrown(union, now=timezone.now())
    request = MatchRequest.objects.get()
    assert (request.responses.count(), called) == (0, [])
    for _ in range(2):
        tasks.finish_wish(request.pk)
    assert called == [request.ref]
    answer = request.responses.get()
    assert (answer.store, answer.by, answer.price) == (store, "stock", 2000)


def _dies(*, request):
    raise KeyboardInterrupt

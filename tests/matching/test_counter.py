"""The store's side: calls on its pages, answers in three presses, colleagues, what to be asked for, push."""

import io
import re
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from chat.models import Manager, PushSubscription
from core.errors import Invalid
from core.live import redis_connection
from matching.models import CallSettings, MatchRequest, MatchResponse, Subscription
from matching.queries.fitting import goods_fitting
from matching.services import waking
from matching.services.answering import Answer, answer_call
from matching.services.ending import cancel_request
from matching.services.subscribing import Reach, change_call_settings, subscribe_to_codes
from matching.services.waking import wake_stores
from stores.services.search import index_products
from tests.chat.wires import session_cookie, wire
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller, code, thrown
from tests.factories.reservations import repair_shop
from tests.factories.stores import ProductFactory, StoreFactory, StoreStaffFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


def lamp(store, title="Brass reading lamp", *, price=2500, stock=5):
    variant = VariantFactory(product=ProductFactory(store=store, title=title), price=price, stock=stock)
    index_products(product_ids=[variant.product_id])
    return variant


def worker(store, *permissions):
    client = Client()
    user = StoreStaffFactory(store=store, permissions=list(permissions or ["console"])).user
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def place():
    union = UnionFactory(slug="harbour", currency="GBP")
    return union, caller(union, slug="near", latitude=50.1, longitude=-5.1)


def asked(union, **said):
    return thrown(union, now=said.pop("now", timezone.now()), **said)


def at(request, path=""):
    return f"/manage/harbour/near/calls/{request.ref}/{path}"


def send(client, request, **said):
    once = re.search('name="once" value="([^"]+)"', client.get(at(request)).content.decode()).group(1)
    return client.post(at(request), {"once": once, "holds": "120", **said})


def answered(request, store, actor, *, by="person"):
    now = timezone.now()
    return answer_call(request=request, store=store, answer=Answer(price=100), by=by, actor=actor, now=now)


def test_three_presses_answer_with_the_good_that_fits_at_its_price(place):
    union, store = place
    variant, client, request = lamp(store), worker(store), asked(union, quantity=2, budget=9000)
    listed = client.get("/manage/harbour/near/calls/").content.decode()
    assert "reading lamp" in listed and "up to £90.00" in listed and at(request) in listed
    # At the side of a desk; on a phone at "More" and at the foot, where "More" leads.
    assert listed.count('<span class="count" data-count="calls">1</span>') == 3
    page = client.get(at(request)).content.decode()
    for text in ("Brass reading lamp", "£25.00", "5 in stock", 'data-fills="25"'):
        assert text in page, text
    assert re.search(rf'value="{variant.pk}"[^>]* checked', page)
    sent = send(client, request, choice=str(variant.pk))
    assert (sent.status_code, sent.headers["Location"]) == (302, at(request))
    response = MatchResponse.objects.get()
    assert (response.variant, response.price, response.quantity, response.by) == (variant, 2500, 2, "person")
    assert (response.actor, response.title, response.state) == (client.user, "Brass reading lamp", "offered")


def test_the_same_form_sent_twice_answers_once(place):
    union, store = place
    variant, client, request = lamp(store), worker(store), asked(union)
    form = {"once": "abc", "holds": "120", "choice": str(variant.pk)}
    assert [client.post(at(request), form).status_code for _ in range(2)] == [302, 302]
    assert MatchResponse.objects.get().version == 1


def test_goods_are_ordered_by_what_is_there_then_by_words(place):
    union, store = place
    gone = lamp(store, "Reading lamp of brass", stock=0)
    other = lamp(store, "Desk lamp", price=900)
    best = lamp(store, "Reading lamp", price=4000)
    lamp(store, "Kettle")
    found = goods_fitting(asked(union), store)
    assert [each.variant for each in found] == [best, other, gone]
    assert [each.available for each in found] == [5, 5, 0]


def test_own_words_need_a_price_and_say_so_beside_the_field(place):
    union, store = place
    client, request = worker(store), asked(union)
    refused = send(client, request, choice="own", title="One from the attic")
    assert refused.status_code == 422
    assert "Name a price." in refused.content.decode() and "One from the attic" in refused.content.decode()
    assert not MatchResponse.objects.exists()
    said = {"choice": "own", "title": "One from the attic", "price": "12.50", "delivery": "3", "words": "A bit worn"}
    assert send(client, request, **said, is_used_good="on", quantity="1", holds="30").status_code == 302
    response = MatchResponse.objects.get()
    assert (response.title, response.price, response.delivery, response.is_used_good) == (
        "One from the attic", 1250, 300, True,
    )  # fmt: skip
    assert (response.words, response.valid_until - response.answered_at) == ("A bit worn", timedelta(minutes=30))


def test_a_talk_and_a_free_time_are_answers_too(place):
    union, store = place
    bookable = repair_shop(store=store)
    client, request = worker(store), asked(union)
    assert send(client, request, choice="talk").status_code == 302
    assert MatchResponse.objects.get().way == "talk"
    page = client.get(at(request)).content.decode()
    time = re.search(f'value="({bookable.key}@[^"]+)"', page).group(1)
    assert send(client, request, choice="time", time="never", price="15").status_code == 422
    assert send(client, request, choice="time", time=time, price="15").status_code == 302
    response = MatchResponse.objects.get()
    assert (response.way, response.bookable, response.version, response.price) == ("time", bookable, 2, 1500)
    assert response.available_at > timezone.now()


def test_pictures_of_a_wish_are_seen_by_the_called_store_alone(place, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    union, store = place
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(picture, "JPEG")
    request = asked(union, pictures=[SimpleUploadedFile("lamp.jpg", picture.getvalue())])
    client, address = worker(store), at(request, f"pictures/{request.pictures[0]}/")
    assert f'src="{address}"' in client.get(at(request)).content.decode()
    shown = client.get(address)
    assert (shown.status_code, shown["Content-Type"], shown["X-Content-Type-Options"]) == (200, "image/webp", "nosniff")
    assert client.get(at(request, "pictures/no-such/")).status_code == 404
    other = StoreFactory(union=union, slug="other")
    assert worker(other).get(address.replace("/near/", "/other/")).status_code == 404
    assert worker(other).get(address).status_code in (403, 404)


def test_a_picture_is_drawn_anew_and_replaced(place, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    union, store = place
    client, request = worker(store), asked(union)
    names = []
    for _turn in range(2):
        buffer = io.BytesIO()
        Image.new("RGB", (300, 200), "red").save(buffer, "JPEG", exif=b"Exif\0\0secret")
        buffer.seek(0)
        buffer.name = "lamp.jpg"
        assert send(client, request, choice="own", title="Lamp", price="9", picture=buffer).status_code == 302
        names.append(MatchResponse.objects.get().picture)
    assert names[0] != names[1] and names[1].startswith(f"answers/{union.pk}/")
    with Image.open(tmp_path / names[1]) as kept:
        assert kept.format == "WEBP"
    wrong = io.BytesIO(b"<svg onload=alert(1)>")
    wrong.name = "lamp.svg"
    refused = send(client, request, choice="own", title="Lamp", price="9", picture=wrong)
    assert refused.status_code == 422
    assert MatchResponse.objects.get().picture == names[1]


def test_an_answer_is_changed_taken_back_and_declined(place):
    union, store = place
    client, request = worker(store), asked(union)
    send(client, request, choice="own", title="Lamp", price="9")
    assert send(client, request, choice="own", title="Lamp", price="8").status_code == 302
    response = MatchResponse.objects.get()
    assert (response.price, response.version) == (800, 2)
    assert 'value="8"' in client.get(at(request)).content.decode()
    assert client.post(at(request, "withdraw/"), {"once": "1"}).headers["Location"] == at(request)
    assert MatchResponse.objects.get().state == "withdrawn"
    assert client.post(at(request, "decline/"), {"once": "2"}).headers["Location"] == "/manage/harbour/near/calls/"
    assert MatchResponse.objects.get().state == "declined"


def test_what_is_over_is_not_answered(place):
    union, store = place
    client, request = worker(store), asked(union)
    cancel_request(request=request, now=timezone.now())
    page = client.post(at(request), {"choice": "own", "title": "Lamp", "price": "9"}, follow=True)
    assert "The time for answers to this wish is over." in page.content.decode()
    assert not MatchResponse.objects.exists()


def test_a_store_that_was_not_called_sees_nothing_of_it(place):
    union, _store = place
    request = asked(union)
    stranger = caller(union, slug="later")
    client = worker(stranger)
    for path in ("", "decline/", "withdraw/"):
        url = f"/manage/harbour/later/calls/{request.ref}/{path}"
        assert client.post(url, {}).status_code == 404
    assert request.ref not in client.get("/manage/harbour/later/calls/").content.decode()
    assert not MatchResponse.objects.exists()


def test_answers_stand_under_answered_won_and_lost(place):
    union, store = place
    client = worker(store)
    for words, state in (("red lamp", "offered"), ("blue lamp", "used"), ("green lamp", "passed")):
        request = asked(union, words=words)
        answered(request, store, client.user)
        MatchResponse.objects.filter(request=request).update(state=state)
    for view, words in (("answered", "red lamp"), ("won", "blue lamp"), ("lost", "green lamp")):
        body = client.get(f"/manage/harbour/near/calls/?view={view}").content.decode()
        assert [each in body for each in ("red lamp", "blue lamp", "green lamp")].count(True) == 1
        assert words in body


def test_the_empty_page_says_how_to_be_asked(place):
    union, store = place
    client = worker(store)
    assert "Nobody is looking just now" in client.get("/manage/harbour/near/calls/").content.decode()
    Subscription.objects.filter(union=union).delete()
    assert "Say what to be asked for" in client.get("/manage/harbour/near/calls/").content.decode()
    change_call_settings(store=store, takes_calls=False)
    assert "You take no wishes now" in client.get("/manage/harbour/near/calls/open/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(place, number, django_assert_num_queries):
    union, store = place
    client = worker(store)
    for _turn in range(number):
        asked(union)
    client.get("/manage/harbour/near/calls/open/")
    with django_assert_num_queries(9):
        body = client.get("/manage/harbour/near/calls/open/").content.decode()
    assert body.count("data-countdown") == number


def test_subscriptions_are_added_suggested_and_removed(place):
    _union, store = place
    code("hg-vase", title="Vases")
    client = worker(store, "catalogue")
    path = "/manage/harbour/near/signals/"
    assert "Lamps" in client.get(path).content.decode()
    form = {"once": "1", "code": "hg-vase", "reach_km": "20", "budget_from": "5", "budget_to": "50"}
    assert client.post(f"{path}add/", form).status_code == 302
    vase = Subscription.objects.get(code="hg-vase")
    assert (vase.store, vase.reach_km, vase.budget_from, vase.budget_to) == (store, 20, 500, 5000)
    assert "within 20 km" in client.get(path).content.decode()
    wrong = client.post(f"{path}add/", {**form, "once": "2", "budget_to": "1"})
    assert wrong.status_code == 422 and "The end lies before the beginning." in wrong.content.decode()
    assert client.post(f"{path}remove/", {"code": "hg-vase"}).status_code == 302
    assert client.post(f"{path}add/", {"suggested": ["hg-vase", "hg"]}).status_code == 302
    assert set(Subscription.objects.values_list("code", flat=True)) == {"hg-lamp", "hg-vase", "hg"}


def test_settings_are_kept(place):
    _union, store = place
    client = worker(store, "catalogue")
    form = {"takes_calls": "on", "answers_itself": "on", "most_a_day": "40", "valid_minutes": "90", "words": "Today"}
    assert client.post("/manage/harbour/near/signals/", form).status_code == 302
    own = CallSettings.objects.get(store=store)
    assert (own.takes_calls, own.only_open, own.most_a_day, own.answers_itself, own.valid_minutes, own.words) == (
        True, False, 40, True, 90, "Today",
    )  # fmt: skip
    assert client.post("/manage/harbour/near/signals/", {**form, "valid_minutes": "1"}).status_code == 422
    assert CallSettings.objects.get(store=store).valid_minutes == 90


@pytest.mark.parametrize(
    "reach", [Reach(km=0), Reach(budget_from=-1), Reach(budget_from=5, budget_to=4)], ids=["km", "from", "order"]
)
def test_impossible_reaches_are_refused(place, reach):
    _union, store = place
    with pytest.raises(Invalid):
        subscribe_to_codes(store=store, codes=["hg-lamp"], reach=reach)
    assert Subscription.objects.get().reach_km is None
    with pytest.raises(Invalid):
        subscribe_to_codes(store=store, codes=["no-such"])


def device(store, name="one"):
    user = UserFactory()
    StoreStaffFactory(store=store, user=user, permissions=["console"])
    Manager.objects.create(union=store.union, store=store, user=user, shown_name=name)
    return PushSubscription.objects.create(
        user=user, endpoint=f"https://push.example/{name}", p256dh="x", auth="y", created_at=timezone.now()
    )


def test_absent_managers_are_woken_once_a_minute_and_never_where_somebody_answered(place, monkeypatch):
    union, store = place
    redis_connection().delete(f"call-push:{store.pk}")
    own = device(store)
    sent = []
    monkeypatch.setattr(
        waking, "send_push", lambda *, subscription, payload, now: sent.append((subscription, payload)) or True
    )
    request, now = asked(union), timezone.now()
    assert (wake_stores(request=request, now=now), wake_stores(request=asked(union), now=now)) == (1, 0)
    [(to, payload)] = sent
    assert (to, payload["url"], payload["body"]) == (own, at(request), "Somebody is looking for: reading lamp")
    redis_connection().delete(f"call-push:{store.pk}")
    answered(request, store, own.user)
    assert wake_stores(request=request, now=now) == 0
    other = asked(union)
    monkeypatch.setattr(
        waking, "present_managers", lambda union_id, *, now: set(Manager.objects.values_list("pk", flat=True))
    )
    assert wake_stores(request=other, now=now) == 0


@pytest.mark.django_db(transaction=True)
async def test_a_console_hears_calls_answers_of_colleagues_and_their_end():
    @database_sync_to_async
    def made():
        union = UnionFactory(slug="harbour")
        store = caller(union, slug="near")
        return union, store, StoreStaffFactory(store=store, permissions=["console"]).user, asked(union)

    union, store, user, waiting = await made()
    console = await wire("/ws/console/harbour/near/", cookies=await session_cookie(user))
    assert (await console.hear("hello"))["wishes"] == [waiting.ref]
    request = await database_sync_to_async(asked)(union, words="oak lamp")
    call = await console.hear("wish")
    assert (call["request"], call["words"]) == (request.ref, "oak lamp")
    assert not {"name", "email", "visitor", "user"} & set(call)
    await database_sync_to_async(answered)(request, store, None, by="program")
    heard = await console.hear("wish.answered")
    assert (heard["request"], heard["state"]) == (request.ref, "offered")
    await database_sync_to_async(cancel_request)(request=request, now=timezone.now())
    assert (await console.hear("wish.over"))["state"] == "cancelled"
    assert await database_sync_to_async(MatchRequest.objects.count)() == 2
    await console.close()

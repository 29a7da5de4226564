"""The browsing record: with consent only, exactly once, joined at sign-in, erased on withdrawal, dropped by month."""

import time
from datetime import UTC, datetime

import pytest
from django.core import signing
from django.db import connection
from django.test import Client

from core.live import redis_connection
from tests.factories.accounts import UserFactory
from tests.factories.unions import UnionFactory
from tests.unions.visits import visit_of
from unions.handlers import join_browsing
from unions.middleware.visitor import COOKIE, SALT
from unions.models import BrowsingEvent
from unions.services import browsing
from unions.services.browsing import (
    STREAM,
    Withdrawn,
    copy_events,
    drop_old_months,
    forget_visitor,
    make_month,
    note_event,
    note_request,
)
from unions.visits import PAGE, Event

pytestmark = pytest.mark.django_db


def noted(union, *pages, visitor="v1", user=None):
    for page in pages:
        note_request(union=union, visitor=visitor, user=user, event=Event(PAGE, time.time(), page=page))


def kept():
    return [(row.visitor, row.page) for row in BrowsingEvent.objects.order_by("at", "entry")]


def browser(visitor="v1", consent="yes"):
    client = Client()
    client.cookies[COOKIE] = signing.dumps(visitor, salt=SALT)
    client.cookies["consent"] = consent
    return client


def test_events_are_copied_once_however_often_copying_is_begun(monkeypatch):
    union = UnionFactory()
    noted(union, "/", "/tea/")
    entries = redis_connection().xrange(STREAM)
    # Killed after the commit: the entries are still on the stream.
    monkeypatch.setattr(type(redis_connection()), "xdel", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        copy_events()
    monkeypatch.undo()
    assert redis_connection().xrange(STREAM) == entries
    assert copy_events() == 2
    assert kept() == [("v1", "/"), ("v1", "/tea/")]
    assert redis_connection().xlen(STREAM) == 0
    assert copy_events() == 0


def test_many_batches_are_copied_whole(monkeypatch):
    monkeypatch.setattr(browsing, "BATCH", 3)
    union = UnionFactory()
    noted(union, *(f"/{n}/" for n in range(8)))
    assert copy_events() == 8
    assert [page for _visitor, page in kept()] == [f"/{n}/" for n in range(8)]


def test_an_entry_of_a_union_that_is_gone_holds_nothing_up():
    union = UnionFactory()
    noted(union, "/")
    redis_connection().xadd(STREAM, {"union": 999_999, "visitor": "v1", "kind": "page", "page": "/"})
    assert copy_events() == 2
    assert kept() == [("v1", "/")]


def test_withdrawing_erases_what_is_kept_and_what_is_on_its_way():
    union = UnionFactory()
    noted(union, "/kept/")
    copy_events()
    noted(union, "/under-way/")
    noted(union, "/other/", visitor="v2")
    assert forget_visitor(visitor="v1") == 1
    copy_events()
    assert kept() == [("v2", "/other/")]
    assert visit_of(union_id=union.pk, visitor="v1").visits == 0
    assert visit_of(union_id=union.pk, visitor="v2").visits == 1


def test_a_window_that_was_open_before_the_withdrawal_notes_nothing_any_more():
    union, since = UnionFactory(), time.time()
    forget_visitor(visitor="v1")
    with pytest.raises(Withdrawn):
        note_event(
            union_id=union.pk,
            visitor="v1",
            user_id=None,
            since=since,
            event=Event(PAGE, time.time(), page="/"),
            decide=lambda visit: None,
        )
    assert redis_connection().xlen(STREAM) == 0
    # Redis counts milliseconds; what comes within the one of the withdrawal still belongs to before.
    time.sleep(0.005)
    noted(union, "/again/")
    copy_events()
    assert kept() == [("v1", "/again/")]


def test_at_sign_in_the_record_becomes_the_persons_and_nobody_elses():
    union, user, other = UnionFactory(), UserFactory(), UserFactory()
    noted(union, "/theirs/", user=other)
    noted(union, "/before/")
    join_browsing(user_id=user.pk, visitor="v1")
    assert dict(BrowsingEvent.objects.values_list("page", "user")) == {"/theirs/": other.pk, "/before/": user.pk}


def test_old_months_are_dropped_whole():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    for month in (6, 7, 8, 11):
        make_month(year=2026, month=month)
    assert drop_old_months(now=now) == ["unions_browsingevent_2026_06", "unions_browsingevent_2026_07"]
    assert drop_old_months(now=now) == []


def test_the_months_join_without_a_gap():
    union = UnionFactory()
    for year, month in ((2026, 12), (2027, 1)):
        make_month(year=year, month=month)
    edges = [datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2027, 1, 1, tzinfo=UTC)]
    for n, at in enumerate(edges):
        BrowsingEvent.objects.create(at=at, entry=str(n), union=union, visitor="v1", kind="page")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM unions_browsingevent ORDER BY at")
        tables = [name for (name,) in cursor.fetchall()]
    assert tables == ["unions_browsingevent_2026_12", "unions_browsingevent_2027_01"]


def test_the_strip_asks_once_and_no_leaves_no_cookie_of_a_visitor(client):
    UnionFactory(slug="harbour")
    assert "answer" in client.get("/u/harbour/").content.decode()
    answer = client.post("/account/privacy/answer/", {"answer": "no", "next": "/u/harbour/"})
    assert answer["Location"] == "/u/harbour/"
    assert client.cookies["consent"].value == "no"
    assert COOKIE not in client.cookies
    assert 'name="answer"' not in client.get("/u/harbour/").content.decode()


def test_yes_recognises_this_browser_from_now_on(client):
    UnionFactory(slug="harbour")
    client.post("/account/privacy/answer/", {"answer": "yes", "next": "https://elsewhere.example/"})
    assert client.cookies["consent"].value == "yes"
    assert client.cookies[COOKIE].value
    page = client.get("/account/privacy/").content.decode()
    assert "This browser is recognised." in page


def test_the_privacy_page_shows_and_erases_what_is_kept():
    union = UnionFactory(slug="harbour")
    noted(union, "/tea/oolong/")
    copy_events()
    mine, strangers = browser(), browser("v2")
    assert "/tea/oolong/" in mine.get("/account/privacy/").content.decode()
    assert "/tea/oolong/" not in strangers.get("/account/privacy/").content.decode()
    strangers.post("/account/privacy/answer/", {"answer": "no"})
    assert kept() == [("v1", "/tea/oolong/")]
    answer = mine.post("/account/privacy/answer/", {"answer": "no"}, follow=True)
    assert kept() == []
    assert "erased" in answer.content.decode()


@pytest.mark.parametrize(("consent", "events"), [("yes", 1), ("no", 0)])
def test_a_search_is_noted_with_consent_only(consent, events):
    union = UnionFactory(slug="harbour")
    browser(consent=consent).get("/u/harbour/search/?q=moonstone", headers={"User-Agent": "Mozilla/5.0 Firefox"})
    assert redis_connection().xlen(STREAM) == events
    assert visit_of(union_id=union.pk, visitor="v1").empty_searches == events


def test_a_redis_that_is_away_fails_no_page(monkeypatch):
    UnionFactory(slug="harbour")

    def away(**_):
        raise OSError("away")

    monkeypatch.setattr(browsing, "note_event", away)
    page = browser().get("/u/harbour/search/?q=moonstone", headers={"User-Agent": "Mozilla/5.0 Firefox"})
    assert page.status_code == 200

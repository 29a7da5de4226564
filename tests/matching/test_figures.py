"""Figures of calls: counted from wishes and answers, the same when counted again, each thing on its day."""

import csv
import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from matching.models import CallDay, DemandDay, MatchRequest, MatchResponse
from matching.queries.figures import call_figures
from matching.services.answering import Answer, answer_call, decline_call
from matching.services.counting import count_days
from tests.factories.matching import caller, code, shopper, thrown
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 14, 12, 0, tzinfo=ZoneInfo("Asia/Taipei"))


@pytest.fixture
def place():
    union = UnionFactory(slug="harbour", time_zone="Asia/Taipei")
    return union, caller(union, slug="near"), caller(union, slug="far")


def answered(request, store, *, now, price=2500, **said):
    answer = Answer(title="Lamp", price=price, **said)
    return answer_call(request=request, store=store, answer=answer, by="person", actor=None, now=now)


def used(response, *, now):
    MatchResponse.objects.filter(pk=response.pk).update(state="used", changed_at=now)


def rows():
    fields = ("store__slug", "day", "called", "answered", "declined", "won", "answer_ms", "value")
    return list(CallDay.objects.order_by("store__slug", "day").values_list(*fields))


def test_days_are_counted_where_the_store_is_and_twice_the_same(place):
    union, near, far = place
    # A quarter to midnight in Taipei; answered after it.
    late = NOON - timedelta(hours=12, minutes=15)
    first = thrown(union, now=late, quantity=2)
    used(answered(first, near, now=late + timedelta(minutes=20), delivery=300), now=NOON)
    second = thrown(union, now=NOON)
    answered(second, near, now=NOON + timedelta(seconds=30))
    decline_call(request=second, store=far, by="person", actor=None, now=NOON + timedelta(seconds=40))
    expected = [
        ("far", date(2026, 5, 13), 1, 0, 0, 0, 0, 0),
        ("far", date(2026, 5, 14), 1, 0, 1, 0, 0, 0),
        ("near", date(2026, 5, 13), 1, 0, 0, 0, 0, 0),
        ("near", date(2026, 5, 14), 1, 2, 0, 1, 1_230_000, 5300),
    ]
    for _turn in range(2):
        count_days(now=NOON + timedelta(hours=1))
        assert rows() == expected
    pks = list(CallDay.objects.order_by("pk").values_list("pk", flat=True))
    MatchRequest.objects.filter(pk=second.pk).delete()
    count_days(now=NOON + timedelta(hours=1))
    assert [row for row in rows() if row[0] == "far"] == expected[:1]
    assert len(pks) == 4


def test_figures_are_those_of_the_raw_rows(place):
    union, near, far = place
    for number in range(6):
        request = thrown(union, by=shopper(union, visitor=f"v{number}"), now=NOON - timedelta(hours=5 * number))
        for store in (near, far)[: 1 + number % 2]:
            response = answered(request, store, now=request.asked_at + timedelta(seconds=10 + number))
            if number == 3 and store == near:
                used(response, now=request.asked_at + timedelta(minutes=1))
    count_days(now=NOON)
    total = call_figures(union, days=7, now=NOON).total
    answers = MatchResponse.objects.all()
    assert total.called == sum(len(stores) for stores in MatchRequest.objects.values_list("stores", flat=True)) == 12
    assert total.answered == answers.count() == 9
    assert total.answer_ms == sum(answers.values_list("took_ms", flat=True))
    assert (total.won, total.value) == (1, 2500)


def test_settled_days_stay_as_they_were(place):
    union, near, _far = place
    old = NOON - timedelta(days=5)
    thrown(union, now=old)
    count_days(now=old)
    before = rows()
    count_days(now=NOON)
    assert rows() == before
    assert before[1] == ("near", date(2026, 5, 9), 1, 0, 0, 0, 0, 0)
    assert near.union == union


def test_demand_without_supply_is_named(place):
    union, near, _far = place
    code("hg-harp", title="Harps")
    for _turn in range(2):
        thrown(union, words="harp", code="hg-harp", now=NOON)
    answered(thrown(union, now=NOON), near, now=NOON + timedelta(minutes=1))
    count_days(now=NOON)
    figures = call_figures(union, near, days=7, now=NOON)
    assert [(each.title, each.asked, each.uncalled, each.unanswered) for each in figures.demand] == [("Harps", 2, 2, 2)]
    assert DemandDay.objects.get(code="hg-lamp").unanswered == 0


def test_a_store_sees_and_exports_its_own_figures(place):
    union, near, far = place
    now = timezone.now()
    answered(thrown(union, now=now), near, now=now + timedelta(seconds=4))
    count_days(now=now)
    client = Client()
    client.force_login(StoreStaffFactory(store=near, permissions=["console"]).user)
    page = client.get("/manage/harbour/near/calls/figures/").content.decode()
    for text in ("100 % of the wishes", "4.0 s", "Most wishes came on"):
        assert text in page, text
    answer = client.get("/manage/harbour/near/calls/figures.csv?days=7")
    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert table[0][:4] == ["Day", "Store", "Called", "Answered"]
    assert [row[1:7] for row in table[1:]] == [[near.name, "1", "1", "0", "4.0", "0"]]
    assert far.name not in str(table)


def test_the_office_sees_its_own_union_by_store(place):
    union, near, far = place
    other = UnionFactory()
    stranger = caller(other, name="Stranger")
    now = timezone.now()
    answered(thrown(union, now=now), near, now=now + timedelta(seconds=4))
    thrown(other, now=now)
    count_days(now=now)
    client = Client()
    client.force_login(UnionStaffFactory(union=union).user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/matching/matchrequest/figures/").content.decode()
    assert near.name in page and far.name in page
    assert stranger.name not in page
    export = client.get("/admin/matching/matchrequest/figures.xlsx")
    assert (export.status_code, export.headers["Content-Disposition"]) == (
        200, 'attachment; filename="harbour-wishes.xlsx"',
    )  # fmt: skip
    assert client.get(f"/admin/matching/matchrequest/figures/?union={other.pk}").status_code == 403


@pytest.mark.parametrize("stores", [1, 3])
def test_figures_take_a_fixed_number_of_queries(place, stores, django_assert_num_queries):
    union, near, _far = place
    for _turn in range(stores):
        thrown(union, now=NOON)
        caller(union)
    MatchRequest.objects.update(state="expired", ended_at=NOON)
    count_days(now=NOON)
    with django_assert_num_queries(4):
        call_figures(union, days=30, now=NOON)
    with django_assert_num_queries(3):
        call_figures(union, near, days=30, now=NOON)

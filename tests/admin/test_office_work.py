"""What an office hangs up, takes over and agrees on, and that the audit log knows it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.admin.places import browser_of
from tests.factories.unions import UnionFactory, UnionRegionFactory
from tests.stores.test_pictures import upload
from unions.models import AuditEntry, Membership, UnionBanner, UnionHoliday
from unions.services.holidays import holidays_to_propose, take_over_holidays

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
BANNER = {
    "title": "Market day",
    "words": "On Saturday the whole street is out.",
    "link": "search/?q=lamp",
    "link_words": "Look at the lamps",
    "tone": "glad",
    "starts_at_0": "2026-03-04",
    "starts_at_1": "10:00:00",
    "ends_at_0": "",
    "ends_at_1": "",
    "position": "1",
    "is_published": "on",
    "title__zh_hant": "市集日",
}


def home_of(union) -> str:
    return Client().get(f"/u/{union.slug}/").content.decode()


def test_banner_hangs_over_the_unions_home_while_its_time_lasts(here, there):
    client = browser_of(here.admin)
    sent = {**BANNER, "union": here.union.pk, "upload": upload((800, 300))}
    assert client.post("/admin/unions/unionbanner/add/", sent).status_code == 302
    banner = UnionBanner.objects.get(title="Market day")
    assert (banner.union, banner.translations) == (here.union, {"zh-hant": {"title": "市集日"}})
    assert [size["width"] for size in banner.sizes if size["type"] == "image/webp"] == [320, 640, 800]
    page = home_of(here.union)
    assert "Market day" in page
    assert f'href="/u/{here.union.slug}/search/?q=lamp"' in page
    assert banner.sizes[0]["path"] in page
    assert "Market day" not in home_of(there.union)
    banner.ends_at = timezone.now() - timedelta(minutes=1)
    banner.save()
    assert "Market day" not in home_of(here.union)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("link", "javascript:alert(1)", "Give an address of the union"),
        ("link", "//elsewhere.example", "Give an address of the union"),
        ("link", "http://elsewhere.example", "Give an address of the union"),
        ("ends_at", "2026-03-03", "It ends before it begins."),
        ("upload", "no picture", "This file is not a picture we can read."),
    ],
)
def test_wrong_banner_is_refused_with_a_reason_and_nothing_is_kept(here, field, value, said):
    sent = {**BANNER, "union": here.union.pk}
    if field == "ends_at":
        sent |= {"ends_at_0": value, "ends_at_1": "10:00:00"}
    elif field == "upload":
        sent["upload"] = SimpleUploadedFile("x.jpg", value.encode(), "image/jpeg")
    else:
        sent[field] = value
    before = AuditEntry.objects.count()
    response = browser_of(here.admin).post("/admin/unions/unionbanner/add/", sent)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not UnionBanner.objects.filter(title="Market day").exists()
    assert AuditEntry.objects.count() == before


def test_picture_of_a_banner_is_taken_down(here):
    client = browser_of(here.admin)
    client.post(
        "/admin/unions/unionbanner/add/", {**BANNER, "union": here.union.pk, "upload": upload((400, 200), "PNG")}
    )
    banner = UnionBanner.objects.get(title="Market day")
    assert client.post(f"/admin/unions/unionbanner/{banner.pk}/change/", {**BANNER, "bare": "on"}).status_code == 302
    banner.refresh_from_db()
    assert banner.sizes == []


def test_holidays_are_taken_over_once_and_offered_to_stores_by_the_unions_names():
    union = UnionFactory(country="KR", languages=["ko", "en"])
    UnionRegionFactory(union=union, code="KR-26")
    assert holidays_to_propose(union=union, language="ko", start=date(2026, 3, 1), days=1) == [
        (date(2026, 3, 1), "삼일절")
    ]
    own = UnionHoliday.objects.create(union=union, date=date(2026, 5, 5), name="우리 시장의 날")
    count = take_over_holidays(union=union, actor=None, now=NOW)
    assert count == UnionHoliday.objects.filter(union=union).count() - 1
    own.refresh_from_db()
    assert own.name == "우리 시장의 날"
    assert UnionHoliday.objects.get(union=union, date=date(2026, 8, 15)).name == "광복절"
    assert take_over_holidays(union=union, actor=None, now=NOW) == 0
    proposed = dict(holidays_to_propose(union=union, language="en", start=date(2026, 5, 1), days=10))
    assert proposed[date(2026, 5, 5)] == "우리 시장의 날"


def test_a_holiday_that_is_over_where_the_union_is_is_not_taken_over():
    union = UnionFactory(country="KR", languages=["ko"], time_zone="Asia/Seoul")
    take_over_holidays(union=union, actor=None, now=datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    # In London it is still the first of March, in Seoul it is the second.
    assert not UnionHoliday.objects.filter(union=union, date=date(2026, 3, 1)).exists()


def test_office_takes_over_the_calendar_on_its_page(here, there):
    here.union.country = "GB"
    here.union.save()
    client = browser_of(here.admin)
    page = client.get("/admin/unions/unionholiday/calendar/").content.decode()
    assert "Take them over" in page
    assert client.post(f"/admin/unions/unionholiday/calendar/?union={here.union.pk}").status_code == 302
    assert UnionHoliday.objects.filter(union=here.union).count() > 5
    assert UnionHoliday.objects.filter(union=there.union).count() == 1
    assert client.post(f"/admin/unions/unionholiday/calendar/?union={there.union.pk}").status_code == 403
    assert UnionHoliday.objects.filter(union=there.union).count() == 1


def test_agreed_commission_is_typed_in_and_written_down_with_before_and_after(here):
    member = here.things["unions.membership"]
    client = browser_of(here.admin)
    address = f"/admin/unions/membership/{member.pk}/change/"
    below = {f"{rows}-{what}_FORMS": "0" for rows in ("papers", "changes") for what in ("TOTAL", "INITIAL")}
    refused = client.post(address, {**below, "commission_bp": "12000"})
    assert (refused.status_code, "at most 10,000 basis points" in refused.content.decode()) == (200, True)
    assert Membership.objects.get(pk=member.pk).commission_rate == here.union.commission_bp
    assert client.post(address, {**below, "commission_bp": "350", "state": "left"}).status_code == 302
    kept = Membership.objects.get(pk=member.pk)
    assert (kept.commission_rate, kept.state) == (350, "active")
    entry = AuditEntry.objects.filter(kind="unions.membership").latest("pk")
    assert (entry.union, entry.actor, entry.verb) == (here.union, here.admin, "changed")
    assert entry.changes == {"Agreed commission in basis points": ["", "350"]}
    assert client.post(address, {**below, "commission_bp": ""}).status_code == 302
    assert Membership.objects.get(pk=member.pk).commission_rate == here.union.commission_bp


def test_moves_additions_and_deletions_are_in_the_log_of_their_union_only(here, there):
    client = browser_of(here.admin)
    member = here.things["unions.membership"]
    client.post(f"/admin/unions/membership/{member.pk}/move/suspend/", {"confirmed": "1", "reason": "No papers"})
    holiday = here.things["unions.unionholiday"]
    client.post(f"/admin/unions/unionholiday/{holiday.pk}/delete/", {"post": "yes"})
    told = AuditEntry.objects.filter(union=here.union).order_by("-pk").values_list("verb", "kind", "words")[:2]
    assert list(told) == [
        ("deleted", "unions.unionholiday", ""),
        ("moved", "unions.membership", "suspend: No papers"),
    ]
    page = client.get("/admin/unions/auditentry/").content.decode()
    assert "No papers" in page
    assert "Southland" not in page
    assert "No papers" not in browser_of(there.admin).get("/admin/unions/auditentry/").content.decode()


def test_audit_log_is_never_edited_or_removed(here):
    entry = here.things["unions.auditentry"]
    for statement in ("UPDATE unions_auditentry SET words = 'x'", "DELETE FROM unions_auditentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{statement} WHERE id = %s", [entry.pk])
    assert AuditEntry.objects.filter(pk=entry.pk, words="").exists()

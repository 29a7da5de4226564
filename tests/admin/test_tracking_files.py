"""An office's file of where parcels are: taken in by a worker for all its stores, watched, with what was refused."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.errors import Invalid
from orders.models import Shipment, TrackingEvent
from stores.models import FileRun
from stores.services.files.running import begin_union_export, begin_union_import, run_file
from tests.admin.places import browser_of
from tests.factories.parcels import carrier_service, packed_order, sent
from tests.factories.stores import StoreFactory
from unions.models.storage import paper_storage

HEAD = "number,state,at,place,words,id"
FILES = "/admin/stores/store/files/"


def csv_file(*rows: str, head: str = HEAD, name: str = "events.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join([head, *rows]).encode())


def parcel(place, number: str, **order) -> Shipment:
    """A parcel of another store each, sent an hour ago."""
    store = StoreFactory(union=place.union)
    return sent(packed_order(store=store, **order), now=timezone.now() - timedelta(hours=1), tracking_number=number)


def now_text() -> str:
    return (timezone.now() - timedelta(minutes=5)).isoformat()


def address_of_move(place) -> str:
    carrier = carrier_service(place.union, slug=f"{place.union.slug}-post").carrier
    return f"/admin/orders/carrier/{carrier.pk}/move/tracking/"


def state_of(thing: Shipment) -> str:
    return Shipment.objects.values_list("state", flat=True).get(pk=thing.pk)


def test_the_office_sends_a_file_watches_it_and_fetches_what_was_refused(here, there):
    first, second, foreign = parcel(here, "JV1"), parcel(here, "JV2"), parcel(there, "JV3")
    client, at = browser_of(here.admin), now_text()
    rows = [f"{number},delivered,{at},Truro,," for number in ("JV1", "JV2", "JV3")]
    answer = client.post(address_of_move(here), {"file": csv_file(*rows)})
    assert (answer.status_code, answer["Location"]) == (302, f"{FILES}?union={here.union.pk}")
    run = FileRun.objects.get()
    assert (run.union, run.store, run.direction, run.kind, run.state, run.by) == (
        here.union, None, "import", "tracking", "waiting", here.admin,
    )  # fmt: skip
    # Nothing is read within the request.
    assert (state_of(first), TrackingEvent.objects.filter(source="csv").count()) == ("in_transit", 0)
    page = client.get(FILES).content.decode()
    assert ("events.csv" in page, "every 2s" in page) == (True, True)
    run_file(run_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.percent, run.rows, run.outcomes) == ("done", 100, 3, {"created": 2, "refused": 1})
    assert [state_of(each) for each in (first, second, foreign)] == ["delivered", "delivered", "in_transit"]
    page = client.get(FILES).content.decode()
    assert ("Rows refused: 1" in page, "there is no parcel “JV3”" in page, "every 2s" in page) == (True, True, False)
    refused = client.get(f"{FILES}{run.ref}/?union={here.union.pk}")
    text = b"".join(refused.streaming_content).decode("utf-8-sig")
    assert ("JV3" in text, "JV1" in text) == (True, False)
    assert refused["Content-Disposition"] == f'attachment; filename="refused-{here.union.slug}-tracking.csv"'


def test_a_file_sent_twice_tells_everything_once(here):
    parcel(here, "JV1")
    at = now_text()
    outcomes = []
    for _ in range(2):
        file = csv_file(f"JV1,out_for_delivery,{at},,,")
        run = begin_union_import(
            union=here.union, kind="tracking", file=file, actor=here.admin, now=timezone.now()
        )  # fmt: skip
        run_file(run_id=run.pk, now=timezone.now())
        run.refresh_from_db()
        outcomes.append(run.outcomes)
    assert outcomes == [{"created": 1}, {"unchanged": 1}]
    assert TrackingEvent.objects.filter(source="csv").count() == 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("a.exe", b"MZ"), "Send a CSV or XLSX file."),
        (SimpleUploadedFile("a.csv", b""), "The submitted file is empty."),
    ],
    ids=["another kind", "empty"],
)
def test_what_is_no_table_is_refused_beside_the_field(here, file, words):
    answer = browser_of(here.admin).post(address_of_move(here), {"file": file})
    assert (answer.status_code, words in answer.content.decode(), FileRun.objects.count()) == (200, True, 0)


def test_a_file_without_our_headings_says_which_are_missing(here):
    file = csv_file("JV1,2026-01-01", head="number,when")
    run = begin_union_import(union=here.union, kind="tracking", file=file, actor=here.admin, now=timezone.now())
    run_file(run_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "The file lacks the columns state, at.")
    assert run.problem in browser_of(here.admin).get(FILES).content.decode()


def test_json_is_read_as_well(here):
    thing = parcel(here, "JV1")
    text = f'[{{"number": "JV1", "state": "delivered", "at": "{now_text()}"}}]'
    file = SimpleUploadedFile("events.json", text.encode())
    run = begin_union_import(union=here.union, kind="tracking", file=file, actor=here.admin, now=timezone.now())
    run_file(run_id=run.pk, now=timezone.now())
    assert state_of(thing) == "delivered"


def test_files_of_an_office_are_taken_in_one_after_the_other_beside_exports(here):
    parcel(here, "JV1")
    now = timezone.now()
    first, second = (
        begin_union_import(
            union=here.union,
            kind="tracking",
            file=csv_file(f"JV1,out_for_delivery,{now_text()},{place},,"),
            actor=here.admin,
            now=now,
        )
        for place in ("Truro", "Bodmin")
    )
    FileRun.objects.filter(pk=first.pk).update(state="running", moved_at=now)
    run_file(run_id=second.pk, now=now)
    second.refresh_from_db()
    # It has been looked into and waits for the one before it.
    assert (second.state, "chosen" in second.layout) == ("waiting", True)
    export = begin_union_export(union=here.union, shape="zip", actor=here.admin, now=now)
    assert begin_union_export(union=here.union, shape="zip", actor=here.admin, now=now) == export
    FileRun.objects.filter(pk=first.pk).update(state="done")
    run_file(run_id=second.pk, now=now)
    second.refresh_from_db()
    assert second.outcomes == {"created": 1}


def test_only_kinds_for_offices_are_taken(here):
    with pytest.raises(Invalid):
        begin_union_import(
            union=here.union, kind="products", file=csv_file("A"), actor=here.admin, now=timezone.now()
        )  # fmt: skip
    assert FileRun.objects.count() == 0


def test_nobody_else_sends_or_fetches(here, there, shopper):
    address = address_of_move(here)
    for who in (there.admin, here.support, here.owner, shopper):
        answer = browser_of(who).post(address, {"file": csv_file(f"JV1,delivered,{now_text()},,,")})
        assert answer.status_code in (302, 403, 404)
        assert FileRun.objects.count() == 0
    file = csv_file(f"NOBODY,delivered,{now_text()},,,")
    run = begin_union_import(union=here.union, kind="tracking", file=file, actor=here.admin, now=timezone.now())
    run_file(run_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    assert paper_storage().exists(run.report)
    for who in (there.admin, shopper):
        answer = browser_of(who).get(f"{FILES}{run.ref}/?union={here.union.pk}")
        assert answer.status_code in (302, 403, 404)
        assert not answer.streaming

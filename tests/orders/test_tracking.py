"""Tracking out of files, and by asking a carrier that really answers over HTTP."""

import json
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from core.importing.maps import read_map
from core.importing.running import run_import
from orders.carriers import NoAnswer
from orders.carriers.open_tracking import OpenTracking
from orders.models import Order, Shipment
from orders.services.imports.tracking import TrackingImporter
from orders.services.polling import EVERY, GIVEN_UP, LONGEST_PAUSE, poll_carriers
from tests.factories.orders import NOW
from tests.factories.parcels import carrier_service, packed_order, sent
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory
from tests.orders.test_races import at_once
from tests.stores.test_files import imported

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def csv_file(*rows: str, name: str = "events.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join(["number,state,at,place,words,id", *rows]).encode())


def taken(store, *rows: str):
    """What becomes of a store's file, and its report."""
    union, importer = store.union, TrackingImporter(store=store)
    chart = read_map(
        None, kind="tracking", fields=importer.fields, union=union.slug, currency_of=lambda slug: union.currency
    )
    chart.time_zone = ZoneInfo(union.time_zone)
    with tempfile.TemporaryDirectory() as folder:
        path, report = Path(folder, "events.csv"), Path(folder, "refused.csv")
        path.write_bytes(csv_file(*rows).read())
        summary = run_import(
            path=path, importer=importer, chart=chart, union_at=lambda slug: union, report=report, dry_run=False,
            progress=lambda step, done, total: None, now=NOW,
        )  # fmt: skip
        refused = report.read_bytes() if report.exists() else b""
    return dict(summary.outcomes), refused.decode("utf-8-sig").splitlines()


def test_a_file_moves_parcels_and_gives_back_what_does_not_fit():
    store = StoreFactory(union=UnionFactory(time_zone="Asia/Taipei"))
    first = sent(packed_order(store=store), now=NOW - 9 * HOUR, tracking_number="JV1")
    second = sent(packed_order(store=store), now=NOW - 9 * HOUR)
    outcomes, refused = taken(
        store,
        "JV1,out_for_delivery,2026-03-02 15:00,Truro,,",
        f"{second.number},delivered,2026-03-02T08:00:00Z,,At the door,77",
        "NOBODY,delivered,2026-03-02 15:00,,,",
        "JV1,lost,2026-03-02 15:00,,,",
        "JV1,delivered,2027-03-02 15:00,,,",
    )
    assert outcomes == {"created": 2, "refused": 3}
    assert len(refused) == 4
    assert "there is no parcel “NOBODY”" in refused[2] or "there is no parcel “NOBODY”" in "".join(refused)
    first.refresh_from_db()
    second.refresh_from_db()
    # 15:00 in Taipei is 07:00 UTC.
    assert (first.state, first.state_at) == ("out_for_delivery", NOW - 2 * HOUR)
    assert (second.state, Order.objects.get(pk=second.order_id).state) == ("delivered", "delivered")


def test_a_file_read_twice_tells_everything_once():
    store = StoreFactory()
    sent(packed_order(store=store), now=NOW - HOUR, tracking_number="JV1")
    row = "JV1,out_for_delivery,2026-03-02 08:30,Truro,,"
    assert taken(store, row)[0] == {"created": 1}
    assert taken(store, row)[0] == {"unchanged": 1}


def test_a_stores_file_reaches_its_own_parcels_only():
    store = StoreFactory()
    other = sent(packed_order(store=StoreFactory(union=store.union)), now=NOW - HOUR, tracking_number="JV1")
    elsewhere = sent(packed_order(), now=NOW - HOUR, tracking_number="JV2")
    rows = ["number,state,at", "JV1,delivered,2026-03-02 08:30", "JV2,delivered,2026-03-02 08:30"]
    assert imported(store, "tracking", "\n".join(rows)).outcomes == {"refused": 2}
    assert {parcel.state for parcel in Shipment.objects.filter(pk__in=[other.pk, elsewhere.pk])} == {"in_transit"}


def test_a_number_given_out_again_is_the_newest_parcels():
    store = StoreFactory()
    old, new = (sent(packed_order(store=store), now=NOW - HOUR, tracking_number="JV1") for _ in range(2))
    taken(store, "JV1,delivered,2026-03-02 08:30,,,")
    assert [Shipment.objects.get(pk=parcel.pk).state for parcel in (old, new)] == ["in_transit", "delivered"]


def test_the_office_reads_a_file_for_all_its_stores(tmp_path, capsys):
    store = StoreFactory()
    parcel = sent(packed_order(store=store), now=NOW - HOUR, tracking_number="JV1")
    path = tmp_path / "events.csv"
    path.write_bytes(csv_file("JV1,delivered,2026-03-02 08:30,,,").read())
    call_command("import_csv", "tracking", str(path), union=store.union.slug)
    assert "1 rows read" in capsys.readouterr().out
    parcel.refresh_from_db()
    assert parcel.state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_do_not_block_each_other():
    store = StoreFactory()
    for at in range(6):
        sent(packed_order(store=store), now=NOW - HOUR, tracking_number=f"JV{at}")
    rows = [f"JV{at},delivered,2026-03-02 08:30,,," for at in range(6)]
    answers = at_once(lambda: taken(store, *rows), lambda: taken(store, *reversed(rows)))
    assert answers == ["done", "done"]
    assert set(Order.objects.values_list("state", flat=True)) == {"delivered"}


class Carrier(ThreadingHTTPServer):
    """A carrier that answers as it is told to: (status, body) by tracking number."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        carrier = self.server
        assert isinstance(carrier, Carrier)
        carrier.asked.append((self.path, self.headers.get("Authorization", "")))
        status, body = carrier.answers.get(self.path.split("/")[-2], (404, b""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{carrier.origin}/elsewhere/events")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def there(settings) -> Iterator[Carrier]:
    carrier = Carrier()
    settings.TRACKING_SERVICES = [carrier.origin]
    thread = threading.Thread(target=carrier.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield carrier
    carrier.shutdown()
    thread.join()
    carrier.server_close()


def tells(*events: dict) -> tuple[int, bytes]:
    return 200, json.dumps({"events": list(events)}).encode()


def polled(there, *, number="JV 1", union=None, **carrier) -> Shipment:
    """A parcel whose carrier has the adapter."""
    service = carrier_service(
        union or UnionFactory(),
        adapter="open_tracking",
        adapter_address=f"{there.origin}/v1/",
        adapter_token="secret",
        **carrier,
    )
    return sent(packed_order(store=StoreFactory(union=service.union)), service=service, tracking_number=number)


def test_a_carrier_is_asked_and_what_it_says_is_kept(there):
    parcel = polled(there)
    there.answers["JV%201"] = tells(
        {"id": 2, "state": "out_for_delivery", "at": "2026-03-02T10:30:00Z", "place": "Truro"},
        {"id": 1, "state": "in_transit", "at": "2026-03-02T09:30:00+00:00", "words": "Sorted"},
        {"id": 3, "state": "teleported", "at": "2026-03-02T10:40:00Z"},
    )
    now = NOW + 2 * HOUR
    assert poll_carriers(now=now) == 1
    assert there.asked == [("/v1/parcels/JV%201/events", "Bearer secret")]
    parcel.refresh_from_db()
    assert (parcel.state, parcel.poll_at, parcel.poll_failures) == ("out_for_delivery", now + EVERY, 0)
    told = list(parcel.events.filter(source="poller").values_list("external_id", "place", "words"))
    assert told == [("1", "", "Sorted"), ("2", "Truro", "")]
    assert poll_carriers(now=now) == 0
    assert poll_carriers(now=now + EVERY) == 1
    assert parcel.events.filter(source="poller").count() == 2


def test_what_has_arrived_is_not_asked_for_any_more(there):
    parcel = polled(there)
    there.answers["JV%201"] = tells({"id": "9", "state": "delivered", "at": "2026-03-02T10:30:00Z"})
    poll_carriers(now=NOW + 2 * HOUR)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.poll_at) == ("delivered", None)
    assert Order.objects.get(pk=parcel.order_id).state == "delivered"
    assert poll_carriers(now=NOW + timedelta(days=9)) == 0


@pytest.mark.parametrize(
    "answer",
    [
        (503, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b'{"events": 1}'),
        (200, b'{"events": [{"id": "1", "state": "delivered", "at": "soon"}]}'),
        (200, b'{"events": [{"id": "1", "state": "delivered", "at": "2026-03-02T10:30:00"}]}'),
        (200, b" " * (256 * 1024 + 1)),
    ],
    ids=["busy", "points elsewhere", "no JSON", "no events", "no time", "no zone", "too long"],
)
def test_an_answer_that_is_none_is_asked_for_again_after_longer_pauses(there, answer):
    parcel = polled(there)
    there.answers["JV%201"] = answer
    now, pauses = NOW + HOUR, []
    for _ in range(8):
        assert poll_carriers(now=now) == 1
        parcel.refresh_from_db()
        pauses.append(parcel.poll_at - now)
        now = parcel.poll_at
    assert pauses == [EVERY * 2**at for at in range(6)] + [LONGEST_PAUSE] * 2
    assert (parcel.state, parcel.events.count(), parcel.poll_failures) == ("in_transit", 1, 8)
    assert len(there.asked) == 8


def test_a_carrier_that_does_not_answer_is_left_alone_for_the_run(there):
    parcel = polled(there)
    union = parcel.order.union
    for _ in range(3):
        sent(packed_order(store=parcel.order.store), service=parcel.service, tracking_number="JV2")
    other = polled(there, union=union, slug="other", number="OK1")
    there.answers |= {"JV%201": (500, b""), "JV2": (500, b""), "OK1": tells()}
    assert poll_carriers(now=NOW + HOUR) == 2
    assert len(there.asked) == 2
    other.refresh_from_db()
    assert other.poll_failures == 0
    assert Shipment.objects.filter(poll_failures=1).count() == 4


def test_a_parcel_that_the_carrier_does_not_know_is_given_up_after_two_months(there):
    parcel = polled(there)
    assert poll_carriers(now=NOW + HOUR) == 1
    Shipment.objects.filter(pk=parcel.pk).update(poll_at=NOW)
    assert poll_carriers(now=NOW + GIVEN_UP + HOUR) == 1
    parcel.refresh_from_db()
    assert parcel.poll_at is None


def test_only_hosts_that_the_settings_name_are_called(there, settings):
    polled(there)
    settings.TRACKING_SERVICES = ["carrier.example"]
    poll_carriers(now=NOW + HOUR)
    for address in ("http://169.254.169.254/", "https://carrier.example.evil.example/", "https://u@carrier.example/"):
        with pytest.raises(NoAnswer):
            OpenTracking().ask(address=address, token="", number="1")
    assert there.asked == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_once(there):
    polled(there)
    there.answers["JV%201"] = tells({"id": "1", "state": "delivered", "at": "2026-03-02T10:30:00Z"})
    at_once(lambda: poll_carriers(now=NOW + 2 * HOUR), lambda: poll_carriers(now=NOW + 2 * HOUR))
    assert len(there.asked) == 1
    assert Order.objects.get().state == "delivered"

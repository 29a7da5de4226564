"""Web Push against a push service of our own on this machine: it checks our signature and decrypts what it gets."""

import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone
from PIL import Image
from py_vapid import Vapid02

from chat.models import PushSubscription
from chat.services.calling import call, call_about_steps, call_about_stock
from chat.services.push import is_push_service, send_push
from martunion.push_keys import push_keys
from orders.models import Order, RunStep
from orders.services.procedures import StepWish
from tests.chat.answering import manager_of, waits
from tests.factories.accounts import UserFactory
from tests.factories.procedures import steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db
PUSH = "/manage/push/"


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """A browser's keys, and a push service that takes what is sent to it."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        self.calls = []
        self.answer = 201
        self.target = ""
        device = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                device.calls.append((self.headers, body))
                self.send_response(device.answer)
                if device.target:
                    self.send_header("Location", device.target)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def told(self):
        """What the browser tells of its subscription."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/send/1", "keys": {"p256dh": text(point), "auth": text(self.secret)}}

    def read(self, body):
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def device(settings, tmp_path):
    settings.PUSH_PRIVATE_KEY, settings.PUSH_PUBLIC_KEY = push_keys("", tmp_path)
    made = Device()
    settings.PUSH_SERVICES = ["push.example", made.origin]
    yield made
    made.close()


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def tell(user, told, method="post"):
    return getattr(browser(user), method)(PUSH, json.dumps(told), content_type="application/json")


def test_a_manager_is_called_with_a_signed_and_encrypted_message(device, settings):
    store = StoreFactory(name="Corner Bakery")
    manager = manager_of(store, here=False)
    assert tell(manager.user, device.told).status_code == 200
    talk = waits(store, shopper_name="Ada")
    assert call(conversation_id=talk.pk, users=[manager.user_id], why="offered", now=timezone.now()) == 1
    headers, body = device.calls[0]
    assert device.read(body) == {
        "title": "Corner Bakery",
        "body": "Ada would like to talk with you.",
        "url": f"/manage/{store.union.slug}/{store.slug}/console/#{talk.ref}",
        "tag": talk.ref,
    }
    scheme, _, rest = headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", settings.PUSH_PUBLIC_KEY)
    assert Vapid02.verify(headers["Authorization"])
    claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"]) == (device.origin, settings.PUSH_CONTACT)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(device, status):
    user = UserFactory()
    tell(user, device.told)
    device.answer = status
    assert send_push(subscription=PushSubscription.objects.get(), payload={}, now=timezone.now()) is False
    assert not PushSubscription.objects.exists()


def test_a_service_that_is_busy_costs_nothing(device):
    store = StoreFactory()
    manager = manager_of(store, here=False)
    tell(manager.user, device.told)
    device.answer = 503
    assert call(conversation_id=waits(store).pk, users=[manager.user_id], why="offered", now=timezone.now()) == 0
    assert PushSubscription.objects.get().failed_at is None


def test_who_sits_at_a_console_is_not_called(device):
    store = StoreFactory()
    manager = manager_of(store, here=False)
    tell(manager.user, device.told)
    with mock.patch("chat.services.calling.present_managers", return_value={manager.pk}):
        assert call(conversation_id=waits(store).pk, users=[manager.user_id], why="offered", now=timezone.now()) == 0
    assert device.calls == []


def bodies(device):
    return [device.read(body) for _headers, body in device.calls]


def test_low_stock_calls_those_who_may_change_it(device):
    store = StoreFactory(name="Corner Bakery")
    keeper = StoreStaffFactory(store=store, permissions=["stock"], user__language="ko").user
    for user in (keeper, StoreStaffFactory(store=store, permissions=["orders"]).user):
        PushSubscription.objects.all().delete()
        assert tell(user, device.told).status_code == 200
        call_about_stock(store_id=store.pk, count=2, now=timezone.now())
    assert bodies(device) == [
        {
            "title": "Corner Bakery",
            "body": "상품 2개의 재고가 부족합니다.",
            "url": f"/manage/{store.union.slug}/{store.slug}/reserve/",
            "tag": f"stock-{store.slug}",
        }
    ]


def test_late_steps_call_who_took_them_else_who_may_do_them(device):
    store = StoreFactory(name="Corner Bakery")
    packer, talker = (StoreStaffFactory(store=store, permissions=[may]).user for may in ("orders", "console"))
    two = steps(walking(store, StepWish("Pack", due_count=1), StepWish("Check", due_count=1)))
    late = {"store_id": store.pk, "step_ids": [step.pk for step in two], "now": timezone.now()}
    RunStep.objects.update(state="open", ready_at=timezone.now())
    assert tell(packer, device.told).status_code == 200
    assert call_about_steps(**late) == 1
    # What a colleague has taken is theirs, and what is done calls nobody.
    RunStep.objects.filter(pk=two[0].pk).update(assignee=talker)
    assert call_about_steps(**late) == 1
    RunStep.objects.filter(pk=two[1].pk).update(state="skipped", note="not needed", closed_at=timezone.now())
    assert call_about_steps(**late) == 0
    RunStep.objects.filter(pk=two[1].pk).update(state="open", note="", closed_at=None)
    Order.objects.filter(runs__steps=two[1]).update(state="cancelled")
    assert call_about_steps(**late) == 0
    assert [told["body"] for told in bodies(device)] == ["2 steps are late.", "1 step is late."]
    assert bodies(device)[0]["url"] == f"/manage/{store.union.slug}/{store.slug}/steps/"


def test_what_was_answered_meanwhile_calls_nobody(device):
    store = StoreFactory()
    manager = manager_of(store, here=False)
    tell(manager.user, device.told)
    talk = waits(store, state="ended")
    assert call(conversation_id=talk.pk, users=[manager.user_id], why="offered", now=timezone.now()) == 0
    assert device.calls == []


def test_unsubscribing_is_for_ones_own(device):
    one, other = UserFactory(), UserFactory()
    tell(one, device.told)
    tell(other, {"endpoint": device.told["endpoint"]}, "delete")
    assert PushSubscription.objects.get().user == one
    tell(one, {"endpoint": device.told["endpoint"]}, "delete")
    assert not PushSubscription.objects.exists()


def test_signing_out_ends_what_this_sign_in_has_subscribed(device):
    manager = UserFactory()
    phone, desk = browser(manager), browser(manager)
    phone.post(PUSH, json.dumps(device.told), content_type="application/json")
    desk.post("/account/logout/")
    assert PushSubscription.objects.get().user == manager
    phone.post("/account/logout/")
    assert not PushSubscription.objects.exists()
    # What somebody else has taken over since in the same browser stays theirs.
    phone = browser(manager)
    phone.post(PUSH, json.dumps(device.told), content_type="application/json")
    other = UserFactory()
    tell(other, device.told)
    phone.post("/account/logout/")
    assert PushSubscription.objects.get().user == other


@pytest.mark.parametrize(
    "told",
    [
        {"endpoint": "http://127.0.0.1/steal"},
        {"endpoint": "https://evil.example/push.example"},
        {"endpoint": "https://push.example@evil.example/"},
        # urllib3 ends the host at a backslash and would call this very machine; urlsplit reads on.
        {"endpoint": "https://127.0.0.1\\.push.example/x"},
        {"endpoint": "https://127.0.0.1;.push.example/x"},
        {"endpoint": "https://evil.example%2f.push.example/x"},
        {"endpoint": "https://push.example/\ud800"},
        {"endpoint": "https://push.example/é"},
        {"endpoint": 5},
        [],
        {"endpoint": "https://push.example/1", "keys": {"p256dh": "short", "auth": "short"}},
    ],
)
def test_our_server_calls_no_other_addresses(device, told):
    answer = tell(UserFactory(), told)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not PushSubscription.objects.exists()


def test_a_body_nested_too_deeply_is_no_subscription(device):
    answer = browser(UserFactory()).post(PUSH, "[" * 4000, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("key", [b"\x04" + bytes(64), b"\x02" + bytes(64), bytes(65)])
def test_a_key_for_which_nothing_can_be_encrypted_is_refused(device, key):
    told = {**device.told, "keys": {**device.told["keys"], "p256dh": text(key)}}
    assert tell(UserFactory(), told).status_code == 422
    assert not PushSubscription.objects.exists()


def test_a_service_that_points_elsewhere_is_not_followed(device):
    inner = Device()
    device.answer, device.target = 307, f"{inner.origin}/inside"
    tell(UserFactory(), device.told)
    assert send_push(subscription=PushSubscription.objects.get(), payload={}, now=timezone.now()) is False
    inner.close()
    assert (len(device.calls), inner.calls) == (1, [])
    assert PushSubscription.objects.get().failed_at is not None


def test_a_subscription_at_a_service_that_is_named_no_more_is_dropped(device, settings):
    tell(UserFactory(), device.told)
    settings.PUSH_SERVICES = ["push.example"]
    assert send_push(subscription=PushSubscription.objects.get(), payload={}, now=timezone.now()) is False
    assert device.calls == []
    assert not PushSubscription.objects.exists()


def test_without_a_key_push_is_off(device, settings):
    settings.PUSH_PRIVATE_KEY = ""
    answer = tell(UserFactory(), device.told)
    assert (answer.status_code, answer.json()["code"]) == (409, "push_off")


def test_keys_are_made_once_and_production_has_no_stand_in(tmp_path):
    first = push_keys("", tmp_path)
    assert push_keys("", tmp_path) == first
    assert push_keys(first[0], None) == first
    assert push_keys("", None) == ("", "")


def test_services_are_known_by_their_whole_host(settings):
    settings.PUSH_SERVICES = ["push.example"]
    assert is_push_service(endpoint="https://fr.push.example/x")
    assert not is_push_service(endpoint="https://notpush.example/x")
    assert not is_push_service(endpoint="https://push.example:8443/x")


def test_manifest_and_worker_are_for_the_management_pages():
    client = Client()
    manifest = client.get("/manage/manifest.webmanifest?start=/manage/harbour/shop/console/").json()
    assert (manifest["scope"], manifest["start_url"]) == ("/manage/", "/manage/harbour/shop/console/")
    elsewhere = client.get("/manage/manifest.webmanifest?start=//evil.example/").json()
    assert elsewhere["start_url"] == "/manage/"
    pictures = {(each["sizes"], each["purpose"]): each["src"] for each in manifest["icons"] if "png" in each["type"]}
    assert set(pictures) == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    for (size, purpose), address in pictures.items():
        answer = client.get(address)
        drawn = Image.open(io.BytesIO(answer.content))
        assert (answer["Content-Type"], f"{drawn.width}x{drawn.height}") == ("image/png", size)
        # The corner is the ground's where the phone cuts it itself, else it is clear.
        assert (drawn.getpixel((0, 0))[3] == 255) == (purpose == "maskable")
    worker = client.get("/manage/worker.js")
    assert worker["Content-Type"] == "text/javascript"
    assert '"/manage/offline/"' in worker.content.decode()

"""Every address that is no administration page, as everybody: who may, who may not, and nothing of another union.
Two unions are filled alike: same store, product, article, order, purchase and payout names. Whatever only one of them
says carries its marker word. (test_api_isolation and tests/api/test_access.py walk the API, test_foreign_frames all
frames of sockets, tests/admin the administration.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection, connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.two_unions import Place, filled
from tests.architecture.who_may import APPS, CENTER_WIDE, DEPENDS, OWN_EVERYWHERE, RULES
from tests.factories.accounts import UserFactory
from tests.sockets import WebsocketCommunicator

pytestmark = pytest.mark.django_db

LEFT_OUT = ("admin/", "static/", "media/", "look/", "api/")
"""The administration and the API have walks of their own; the others are files and the gallery."""


def body_of(response: Any) -> str:
    """What an answer says, also one that is sent while it is read."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def addresses() -> Iterator[tuple[str, str]]:
    """Name and route of every address: `manage:order`, `manage/<slug:union>/<slug:store>/orders/<str:number>/`."""

    def walk(patterns: Any, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, route, inner)
            elif isinstance(pattern, URLPattern) and not route.startswith(LEFT_OUT):
                yield f"{namespace}{pattern.name}", route

    yield from walk(get_resolver().url_patterns, "", "")


ADDRESSES = [(name, route) for name, route in addresses() if ":" in name]
"""Those of our own apps; what django-allauth brings knows nobody but the person who asks."""


def path_of(name: str, route: str, names: dict[str, str]) -> str:
    """The address with its names filled in; of several words that may stand somewhere, the first."""
    values = dict(names)
    if "payout" in name:
        values["number"] = names["payout"]
    if ":bill" in name:
        values["number"] = names["bill"]
    if name.startswith("manage:parcel"):
        values["number"] = names["parcel"]
    if name == "manage:hand_over_signature":
        values["number"] = names["handed"]
    if name == "manage:work_signature":
        values["place"] = names["place_signed"]
    if name in ("orders:return", "manage:return_new"):
        values |= {"number": names["return_order"], "token": names["return_token"]}
    elif ":return" in name:
        values |= {"number": names["return"], "token": names["return_token"]}
    if name == "orders:write_review":
        values |= {"number": names["arrived"], "token": names["arrived_token"], "line": names["arrived_line"]}
    if "reservation" in name:
        values |= {"token": names["reservation_token"], "number": names["reservation"]}
    if "proposal" in name:
        values |= {"token": names["proposal_token"], "number": names["proposal"], "key": names["price_rule"]}
    if ":response" in name or name == "talk:about_response":
        values |= {"token": names["response_token"], "number": names["response"], "name": names["response_picture"]}
    if name == "shop:report_review":
        values["ref"] = names["review"]
    if name.startswith("manage:procedure"):
        values |= {"ref": names["procedure"], "key": names["procedure_step"]}
    if name == "orders:book_product":
        values["product"] = names["service_product"]
    if name == "orders:book":
        values["key"] = names["service"]
    if name == "manage:booking_service":
        values["key"] = names["service"]
    if name.startswith("manage:booking_resource"):
        values["key"] = names["resource"]
    if name.startswith("manage:rule"):
        values["ref"] = "SAME-RULE"
    if name in ("talk:membership", "talk:join"):
        values["ref"] = names["membership" if name == "talk:membership" else "plan"]
    if name.startswith("care:"):
        values |= {"code": names["voucher"], "token": names["gift"], "ref": names["program"]}
    if name in ("manage:supplier", "manage:supplier_edit", "manage:good_gone"):
        values["ref"] = names["supplier"]
    if name in ("manage:file", "manage:file_columns", "manage:file_go"):
        values["ref"] = names["file_run"]
    if name == "manage:new_stock_sheet":
        values["kind"] = "lay_in"
    if name.startswith("manage:purchase_order"):
        values["number"] = names["purchase_order"]
    if name.startswith("manage:stock_sheet"):
        values["number"] = names["sheet"]
    if name.startswith("manage:program"):
        values["ref"] = names["own_program"]
    if "urgent_" in name:
        values["ref"] = names["urgent"]
    if name.startswith("manage:call"):
        values["ref"] = names.get("wish", "SAME-WISH")
    if name == "manage:care_voucher":
        values["code"] = names["held"]
    if name in ("care:provider", "care:send"):
        values["ref"] = names["worker"]
    if name == "care:picture":
        values |= {"code": names["disputed"], "ref": names["work"]}
    if name == "care:evidence_kept":
        values |= {"code": names["disputed"], "ref": names["evidence"]}
    if name == "talk:code_link":
        values["code"] = names["access"]
    if name.startswith("provider:"):
        values |= {"code": names["held"], "ref": names["photo"]}
    if name == "provider:evidence":
        values |= {"code": names["disputed"], "ref": names["evidence"]}
    if name.startswith("provider:price"):
        values["key"] = names["provider_price"]
    if name == "provider:undo":
        values["ref"] = names["redemption"]
    if name == "provider:reward_redeem":
        values["code"] = names["incentive"]
    if name.startswith("matching:"):
        values |= {"ref": names["wish"], "token": names["quiet_token"]}
    if name == "manage:invitation":
        values["token"] = names["invitation"]
    route = re.sub(r"\(\?P<(\w+)>([^)]*)\)", lambda found: _choice(found, values), route)
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found.group(1)], route)
    return "/" + route.replace("^", "").replace("$", "").replace("\\", "")


def _choice(found: re.Match[str], values: dict[str, str]) -> str:
    name, words = found.groups()
    return values[name] if name in values and name != "shape" else re.split(r"[|)]", words)[0]


def app_of(name: str) -> str:
    return name.split(":")[0]


def rule_of(name: str, table: Any) -> str | None:
    """The entry for this address, or for all of its namespace."""
    return next((entry for entry in (name, f"{app_of(name)}:") if entry in table), None)


def client_of(person: Any) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def everybody(near: Place, far: Place) -> dict[str, Client]:
    """Name → browser, of people from both unions; `far-…` are the other one's."""
    people = {"anonymous": None, "stranger": UserFactory(), **near.people}
    people |= {f"far-{who}": far.people[who] for who in ("owner", "office", "shopper")}
    return {who: client_of(person) for who, person in people.items()}


def may(who: str, name: str) -> bool:
    rule = RULES[rule_of(name, RULES) or ""]
    return rule == "*" or (rule == "+" and who != "anonymous") or who in rule.split()


def is_refusal(who: str, response: Any) -> bool:
    """Sent to sign in, told that this is not for them or that there is nothing."""
    if response.status_code == 302:
        return who == "anonymous" and response["Location"].startswith("/account/login/")
    return response.status_code in (403, 404)


def written() -> dict[str, int]:
    """How many rows this test has written to each table so far, by whatever way; sessions are not counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {table: rows for table, rows in cursor.fetchall() if rows and table != "django_session"}


def test_every_address_has_a_rule():
    assert {name for name, _route in ADDRESSES if rule_of(name, RULES) is None} == set()
    assert {app_of(name) for name, _route in ADDRESSES} == set(APPS)


@pytest.mark.parametrize("app", APPS)
def test_pages_answer_those_who_may_and_say_nothing_of_another_union(near, far, app):
    wrong = []
    browsers = everybody(near, far)
    for name, route in ADDRESSES:
        if not name.startswith(f"{app}:"):
            continue
        address = path_of(name, route, near.names)
        for who, client in browsers.items():
            response = client.get(address)
            status = response.status_code
            surprise = name not in DEPENDS and is_refusal(who, response) == may(who, name)
            if status not in (200, 302, 403, 404, 405) or (status != 405 and surprise):
                wrong.append(f"{name} {who}: {status}")
            text = body_of(response)
            if any(marker in text for marker in foreign(who, name, near, far)):
                wrong.append(f"{name} {who}: reads of the other union")
    assert wrong == []


def foreign(who: str, name: str, near: Place, far: Place) -> list[str]:
    """Words that nobody may read there."""
    if rule_of(name, CENTER_WIDE) is not None:
        return []
    if not who.startswith("far-"):
        return [far.marker]
    if rule_of(name, OWN_EVERYWHERE) is not None or not may(who, name):
        return [near.marker]
    # On a page for everybody they read of the near union; their own stands in the menu that has their name.
    return [far.marker] if app_of(name) == "shop" else []


@pytest.mark.parametrize("app", APPS)
def test_forms_of_those_who_may_not_write_nothing(near, far, app):
    wrong = []
    browsers = everybody(near, far)
    for name, route in ADDRESSES:
        if not name.startswith(f"{app}:"):
            continue
        address = path_of(name, route, near.names)
        for who, client in browsers.items():
            looks_only = app in ("manage", "provider") and who == "office" and "store" in route
            if may(who, name) and not looks_only:
                continue
            before = written()
            sent = {"quantity": "5", "name": "Taken over", "title": "Taken over", "price": "0.01", "reason": "mine"}
            response = client.post(address, sent)
            if not is_refusal(who, response) and response.status_code != 405:
                wrong.append(f"{name} {who}: {response.status_code}")
            if written() != before:
                wrong.append(f"{name} {who}: has written")
    assert wrong == []


def test_things_of_another_union_do_not_exist_at_addresses_of_this_one(near, far):
    """Purchases by their link and lines of carts, the only names that are no union's own."""
    wrong, tried = [], 0
    browsers = everybody(near, far)
    for name, route in ADDRESSES:
        mixed = {own for own in ("token", "line") if f":{own}>" in route and "union" in route}
        if not mixed:
            continue
        tried += 1
        mixed |= {
            f"{kind}_{own}"
            for kind in ("arrived", "reservation", "response", "return", "proposal", "quiet")
            for own in mixed
        }
        address = path_of(name, route, near.names | {own: far.names[own] for own in mixed & far.names.keys()})
        for who, client in browsers.items():
            for method in ("get", "post"):
                before = {table for table in written() if table.startswith(("orders", "stores", "payments"))}
                response = getattr(client, method)(address, {"quantity": "5"} if method == "post" else {})
                after = {table for table in written() if table.startswith(("orders", "stores", "payments"))}
                # A line that is not in one's own cart leaves it as it is and leads back to it.
                in_cart = name in ("orders:change", "orders:remove") and response.status_code == 302
                if not (in_cart or is_refusal(who, response) or response.status_code == 405) or before != after:
                    wrong.append(f"{name} {method} {who}: {response.status_code}")
                if far.marker in body_of(response) and not who.startswith("far-"):
                    wrong.append(f"{name} {method} {who}: reads of the other union")
    assert wrong == []
    assert tried == 24
    far_line = far.cart.lines.get()
    assert (far_line.pk, far_line.quantity) == (int(far.names["line"]), 1)


def test_things_of_a_store_do_not_exist_at_addresses_of_another(near, far):
    """The shop next door, and the office at its own support, with the names of what the first store has."""
    wrong, tried = [], 0
    callers = {
        "neighbour": ("next-door", client_of(near.people["neighbour"])),
        "office": ("-", client_of(near.people["office"])),
        "far-owner": ("corner", client_of(far.people["owner"])),
    }
    for name, route in ADDRESSES:
        own = set(re.findall(r"<(?:\w+:)?(\w+)>", route)) & near.names.keys() - {
            "union",
            "store",
            "shape",
            "kind",
            "table",
        }
        if not (name.startswith(("manage:", "provider:")) and own and ("<slug:store>" in route or "P<store>" in route)):
            continue
        tried += 1
        for who, (store, client) in callers.items():
            union = "far" if who == "far-owner" else "near"
            address = path_of(name, route, near.names | {"store": store, "union": union})
            for method in ("get", "post"):
                before = written()
                response = getattr(client, method)(address, {"name": "Taken over"} if method == "post" else {})
                text = body_of(response)
                if who == "far-owner":
                    # Most names are the same in both unions: there it is their own, or nothing.
                    wrong += [f"{name} {method} {who}: reads of the other union"] * (near.marker in text)
                    continue
                if not (is_refusal(who, response) or response.status_code == 405):
                    wrong.append(f"{name} {method} {who}: {response.status_code}")
                if written() != before:
                    wrong.append(f"{name} {method} {who}: has written")
    assert wrong == []
    assert tried > 30


# --- sockets -------------------------------------------------------------------------------------------------------


async def console_of(person: Any, union: str) -> list[Any]:
    """What someone hears first at the console of the store `corner`, and how the line ends."""
    from martunion.asgi import application

    headers = [(b"origin", b"http://localhost")]
    if person is not None:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={await session_of(person)}".encode()))
    socket = WebsocketCommunicator(application, f"/ws/console/{union}/corner/", headers=headers)
    assert (await socket.connect())[0]
    heard = [await socket.receive_json_from()]
    if heard[0]["type"] != "hello":
        heard.append(await socket.receive_output())
    await socket.disconnect()
    return heard


@database_sync_to_async
def session_of(person: Any) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@pytest.mark.usefixtures("papers")
@pytest.mark.django_db(transaction=True)
async def test_console_is_heard_by_those_who_handle_its_orders_only():
    from django_scopes import scopes_disabled

    @database_sync_to_async
    def both() -> tuple[Place, Place]:
        with scopes_disabled():
            return filled("near", "NEAR", "Zephyrine"), filled("far", "FARR", "Quixotic")

    near, far = await both()
    try:
        heard = {}
        people = {"anonymous": None, **near.people, **{f"far-{who}": person for who, person in far.people.items()}}
        for who, person in people.items():
            heard[who] = await console_of(person, "near")
        listening = {who for who, frames in heard.items() if frames[0]["type"] == "hello"}
        assert listening == {"owner", "all", "office"}
        for who in heard.keys() - listening:
            refusal, end = heard[who]
            assert (refusal["type"], end["type"], end["code"]) == ("error", "websocket.close", 4403), who
            assert near.marker not in str(refusal)
    finally:
        await database_sync_to_async(connections.close_all)()

"""/ws/provider/: what happens to vouchers is heard by the people of the provider that holds them, nobody else."""

import jsonschema
import pytest
from channels.db import database_sync_to_async
from django.db import connections
from django_scopes import scopes_disabled

from ascc.models import VoucherStep
from ascc.services.telling import tell_provider
from core.live import check_access, person_topic
from stores.models import StoreStaff
from tests.ascc.desks import desk, sent
from tests.chat.test_asyncapi import payloads
from tests.chat.wires import session_cookie, wire
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import owner_of

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def given():
    with scopes_disabled():
        there = desk()
        people = {
            "owner": there.person,
            "worker": StoreStaffFactory(store=there.provider.store, permissions=["service"]).user,
            "next door": owner_of(a_provider(there.union).store.membership),
            "elsewhere": desk().person,
            "seller": owner_of(there.shop.membership),
            "clerk": StoreStaffFactory(store=there.provider.store, permissions=["orders"]).user,
            "customer": there.customer,
            "stranger": UserFactory(),
        }
        return there, people


def fits(operation, frame):
    """As docs/asyncapi.yaml says it travels."""
    jsonschema.validate(frame, payloads(operation)[frame["type"]], cls=jsonschema.Draft202012Validator)


@database_sync_to_async
def told(there):
    with scopes_disabled():
        sent(there)
        tell_provider(step_id=VoucherStep.objects.filter(voucher=there.voucher, what="sent").get().pk)


async def test_new_voucher_is_heard_by_the_providers_own_people_only():
    there, people = await given()
    try:
        sockets, refused = {}, set()
        for who, person in people.items():
            socket = await wire("/ws/provider/", cookies=await session_cookie(person))
            first = await socket.hear("hello" if who in {"owner", "worker", "next door", "elsewhere"} else "error")
            if first["type"] == "hello":
                sockets[who] = socket
            else:
                assert first["code"] == "not_allowed"
                refused.add(who)
        assert refused == {"seller", "clerk", "customer", "stranger"}
        await told(there)
        for who in ("owner", "worker"):
            frame = await sockets[who].hear("voucher.changed")
            assert (frame["voucher"], frame["what"], frame["state"]) == (there.voucher.code, "sent", "transmitted")
            fits("providerHears", frame)
            assert frame["store"] == there.provider.store.slug
        for who in ("next door", "elsewhere"):
            await sockets[who].nothing("voucher.changed")
        for socket in sockets.values():
            await socket.close()
    finally:
        await database_sync_to_async(connections.close_all)()


async def test_anonymous_person_is_refused():
    try:
        socket = await wire("/ws/provider/")
        assert (await socket.hear("error"))["code"] == "not_allowed"
    finally:
        await database_sync_to_async(connections.close_all)()


async def test_hello_says_what_waits_and_a_frame_does_nothing():
    there, people = await given()
    try:
        await database_sync_to_async(scopes_disabled()(sent))(there)
        socket = await wire("/ws/provider/", cookies=await session_cookie(people["worker"]))
        hello = await socket.hear("hello")
        fits("providerHears", hello)
        place = {"union": there.union.slug, "store": there.provider.store.slug}
        assert hello["providers"] == [{**place, "asked": 1, "in_hand": 0}]
        await socket.send(type="accept", id="a", voucher=there.voucher.code)
        assert (await socket.hear_any("a"))["code"] == "unknown_type"
        await socket.close()
    finally:
        await database_sync_to_async(connections.close_all)()


async def test_socket_ends_when_the_person_no_longer_works_there():
    _there, people = await given()
    try:
        socket = await wire("/ws/provider/", cookies=await session_cookie(people["worker"]))
        await socket.hear("hello")

        def dismiss():
            with scopes_disabled():
                StoreStaff.objects.filter(user=people["worker"]).delete()
                check_access(person_topic(people["worker"].pk))

        await database_sync_to_async(dismiss)()
        assert (await socket.hear("error"))["code"] == "access_ended"
    finally:
        await database_sync_to_async(connections.close_all)()

"""Who is let in on a program's line, and who hears and reaches what there."""

import json

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from matching.models import MatchRequest, MatchResponse
from stores.models import ApiKey
from stores.services.keys import issue_key, revoke_key
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller
from tests.factories.unions import UnionStaffFactory
from tests.matching.lines import answers, open_line, place, refused, use, wish
from unions.models import Membership
from unions.services.membership import approve, suspend

pytestmark = pytest.mark.django_db(transaction=True)


async def test_only_a_store_s_key_for_calls_opens_the_line():
    store, _plain = await place()
    issue = database_sync_to_async(issue_key)
    given = {"union": store.union, "name": "x", "actor": None}
    customer = await database_sync_to_async(UserFactory)()
    keys = [
        "",
        "mu_unknown",
        (await issue(**given, scopes=["orders:write"], store=store))[1],
        (await issue(**given, scopes=["calls:write"]))[1],
        (await issue(**given, scopes=["calls:write"], user=customer))[1],
    ]
    assert [await refused(plain) for plain in keys] == [("not_found", 4403)] * 5


async def test_who_may_only_read_does_not_answer():
    store, plain = await place(scopes=("calls:read",))
    wire = await open_line(plain)
    assert wire.hello["may_answer"] is False
    request = await wish(store.union)
    await wire.hear("wish")
    for kind in ("answer", "decline", "withdraw"):
        await wire.send(type=kind, id=kind, request=request.ref, price=1)
        assert (await wire.hear("error", id=kind))["code"] == "not_allowed"
    assert await answers() == []
    await wire.close()


async def test_a_revoked_key_closes_the_line():
    _store, plain = await place()
    wire = await open_line(plain)
    key = await database_sync_to_async(ApiKey.objects.get)()
    await database_sync_to_async(revoke_key)(key=key, actor=None, now=timezone.now())
    assert (await wire.hear("error"))["code"] == "access_ended"
    assert (await wire.communicator.receive_output(timeout=10))["code"] == 4401
    assert await refused(plain) == ("not_found", 4403)


async def test_a_suspended_member_s_program_is_sent_away_and_comes_back_afterwards():
    store, plain = await place()
    wire = await open_line(plain)
    membership = await database_sync_to_async(Membership.objects.select_related("union").get)(pk=store.membership_id)
    office = await database_sync_to_async(lambda: UnionStaffFactory(union=store.union).user)()
    await database_sync_to_async(suspend)(membership=membership, actor=office, now=timezone.now())
    assert (await wire.hear("error"))["code"] == "access_ended"
    assert await refused(plain) == ("not_found", 4403)
    await database_sync_to_async(approve)(membership=membership, actor=office, now=timezone.now())
    again = await open_line(plain)
    assert again.hello["store"] == "lamps"
    await wire.close()
    await again.close()


async def test_another_store_s_or_union_s_line_hears_and_reaches_nothing():
    store, plain = await place()
    far, foreign = await place(slug="far")
    neighbour = await database_sync_to_async(caller)(store.union)
    beside = (
        await database_sync_to_async(issue_key)(
            union=store.union, name="x", scopes=["calls:write"], actor=None, store=neighbour
        )
    )[1]
    own = await open_line(plain)
    strangers = [await open_line(foreign), await open_line(beside)]
    # Chosen for one store alone.
    request = await wish(store.union, scope="chosen", stores=[store.pk])
    assert (await own.hear("wish"))["request"] == request.ref
    await own.send(type="answer", id="1", request=request.ref, price=2500)
    await own.hear("ack", id="1")
    before = await database_sync_to_async(lambda: list(MatchResponse.objects.values()))()
    for wire in strangers:
        for kind in ("answer", "decline", "withdraw"):
            await wire.send(type=kind, id=f"{kind}", request=request.ref, price=1, title="taken over")
            assert (await wire.hear_any(kind))["code"] == "not_found"
    assert await database_sync_to_async(lambda: list(MatchResponse.objects.values()))() == before
    await use(request)
    await own.hear("used")
    for wire in strangers:
        await wire.nothing("wish.over")
        assert {frame["type"] for frame in wire.heard} == {"hello", "error"}
        assert request.ref not in json.dumps(wire.hello)
        await wire.close()
    assert await database_sync_to_async(MatchRequest.objects.count)() == 1
    assert far.union_id != store.union_id
    await own.close()

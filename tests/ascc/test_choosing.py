"""Finding a provider: what fits first, near, soon, well spoken of; its record; handing over and taking back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ascc.models import Assessment, ProviderSkill, ServiceProvider, Transmission, Voucher
from ascc.queries.choosing import choices_here
from ascc.services.activating import activate_voucher
from ascc.services.moving import By
from ascc.services.transmitting import decline_transmission
from orders.models import ResourceService
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.reservations import BookableFactory, ResourceFactory
from tests.factories.stores import OpeningHoursFactory, StoreFactory

pytestmark = pytest.mark.django_db
FALMOUTH = (50.15, -5.07)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com")


@pytest.fixture
def held(ada):
    """An activated voucher for a lamp."""
    found, now = a_voucher(StoreFactory(), owner=ada), timezone.now()
    Voucher.objects.filter(pk=found.pk).update(
        issued_at=now, activate_until=None, expires_at=now + timedelta(days=99), about="Reading lamp"
    )
    found.refresh_from_db()
    activate_voucher(voucher=found, by=By("customer", ada.pk), now=now)
    found.refresh_from_db()
    return found


def worker(union, name, *codes, at=None, **given):
    latitude, longitude = at or (None, None)
    made = a_provider(
        union, store=StoreFactory(union=union, name=name, latitude=latitude, longitude=longitude), **given
    )
    for code in codes:
        ProviderSkill.objects.create(union=union, provider=made, code=code)
    return made


def names(choices):
    return [choice.provider.store.name for choice in choices]


def test_what_fits_stands_first_and_the_nearest_of_it_before_the_others(held):
    worker(held.union, "Gardener", "sv-garden", at=FALMOUTH)
    worker(held.union, "Far mender", "sv-repair", "hg-13", at=(51.5, -0.1))
    worker(held.union, "Near mender", "sv-repair", "hg-13", at=(50.16, -5.08))
    worker(held.union, "Half", "sv-repair", at=FALMOUTH)
    found = choices_here(held.union, now=timezone.now(), place=FALMOUTH, voucher=held, sort="near")
    # The light's class is known by the word "light" in no lamp: only the work fits.
    assert names(found) == ["Half", "Near mender", "Far mender", "Gardener"]
    assert [choice.fits for choice in found] == [1, 1, 1, 0]
    assert [choice.is_in_reach for choice in found] == [True, True, False, True]
    assert round(found[2].distance) == 380
    Voucher.objects.filter(pk=held.pk).update(about="Ceiling lighting")
    held.refresh_from_db()
    found = choices_here(held.union, now=timezone.now(), place=FALMOUTH, voucher=held, sort="near")
    assert names(found) == ["Near mender", "Far mender", "Half", "Gardener"]


def test_the_order_may_be_by_the_next_free_time_or_by_what_is_said(held):
    late = worker(held.union, "Late", "sv-repair", score_sum=900, score_count=2)
    soon = worker(held.union, "Soon", "sv-repair", score_sum=400, score_count=1)
    worker(held.union, "Never", "sv-repair", score_sum=500, score_count=1)
    for one, notice in ((late, 3 * 24 * 60), (soon, 60)):
        for weekday in range(7):
            OpeningHoursFactory(store=one.store, weekday=weekday)
        bookable = BookableFactory(store=one.store, product=None, title="A visit", notice_minutes=notice)
        resource = ResourceFactory(store=one.store)
        ResourceService.objects.get_or_create(union=held.union, bookable=bookable, resource=resource)
    now = timezone.now()
    found = choices_here(held.union, now=now, voucher=held, sort="soon")
    assert names(found) == ["Soon", "Late", "Never"]
    assert [choice.free is not None for choice in found] == [True, True, False]
    assert found[1].free.starts_at >= now + timedelta(days=3)
    assert names(choices_here(held.union, now=now, voucher=held, sort="rating")) == ["Never", "Late", "Soon"]


def test_only_approved_providers_of_this_union_whose_shop_is_open_are_found(held):
    for state in ("applied", "suspended", "declined"):
        worker(held.union, state, state=state)
    hidden = worker(held.union, "Hidden")
    hidden.store.is_published = False
    hidden.store.save()
    elsewhere = a_provider(StoreFactory().union)
    assert choices_here(held.union, now=timezone.now(), voucher=held) == []
    here = f"/u/{held.union.slug}/providers/"
    page = Client().get(here).content.decode()
    assert "No provider works here yet" in page
    for gone in (*ServiceProvider.objects.filter(union=held.union), elsewhere):
        assert Client().get(f"{here}{gone.ref}/").status_code == 404


def test_the_list_asks_as_much_for_four_providers_as_for_one(held, ada):
    client, address = signed_in(ada), f"/u/{held.union.slug}/providers/?voucher={held.code}&sort=soon"
    figures = []
    for number in range(4):
        one = worker(held.union, f"Worker {number}", "sv-repair", "hg")
        bookable = BookableFactory(store=one.store, product=None, title="A visit")
        ResourceService.objects.get_or_create(
            union=held.union, bookable=bookable, resource=ResourceFactory(store=one.store)
        )
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(address).content.decode()
        figures.append(len(asked))
        assert page.count("<h2>") >= number + 1
    assert len(set(figures[1:])) == 1, figures


def test_a_provider_is_read_with_what_was_said_and_answered(held, ada):
    one = worker(
        held.union, "Mender", "sv-repair", done=9, timed=8, on_time=6, score_sum=900, score_count=2, answers=2,
        answer_seconds=7200, earned=700, about="Lamps since 1974.",
    )  # fmt: skip
    page = signed_in(ada).get(f"/u/{held.union.slug}/providers/{one.ref}/?voucher={held.code}").content.decode()
    for words in (
        "Mender",
        "Lamps since 1974.",
        "75 %",
        "answers within 60 minutes",
        "Repair",
        "Hand the voucher over",
    ):
        assert words in page
    assert "Nobody has assessed this provider yet." in page
    assert (
        "Sign in to hand over a voucher" in Client().get(f"/u/{held.union.slug}/providers/{one.ref}/").content.decode()
    )
    assert Assessment.objects.count() == 0


def test_a_voucher_is_handed_over_with_a_wish_and_taken_back(held, ada):
    one, client = worker(held.union, "Mender", "sv-repair"), signed_in(ada)
    address = f"/account/vouchers/{held.code}/send/{one.ref}/"
    assert "Hand over to Mender" in client.get(address).content.decode()
    assert client.post(address, {"wish": "It flickers."}).status_code == 302
    sent = Transmission.objects.get()
    assert (sent.provider, sent.wish, sent.state) == (one, "It flickers.", "offered")
    page = client.get(f"/account/vouchers/{held.code}/").content.decode()
    assert "It flickers." in page and "Take it back" in page and "Choose a provider" not in page
    assert client.post(address, {"wish": "Again."}).status_code == 302
    assert Transmission.objects.count() == 1
    client.post(f"/account/vouchers/{held.code}/back/")
    held.refresh_from_db()
    assert (held.state, held.provider) == ("active", None)
    page = client.get(f"/account/vouchers/{held.code}/").content.decode()
    assert "Choose a provider" in page
    client.post(f"/account/vouchers/{held.code}/back/")
    assert list(held.steps.values_list("what", flat=True)) == ["issued", "activated", "sent", "taken_back"]


def test_a_refusal_is_told_with_its_reason(held, ada):
    one, client = worker(held.union, "Mender"), signed_in(ada)
    client.post(f"/account/vouchers/{held.code}/send/{one.ref}/", {"wish": ""})
    sent = Transmission.objects.select_related("voucher").get()
    decline_transmission(transmission=sent, by=By("provider"), now=timezone.now(), reason="On holiday.")
    page = client.get(f"/account/vouchers/{held.code}/").content.decode()
    assert "Mender cannot do it. Choose somebody else." in page and "On holiday." in page


def test_somebody_else_hands_nothing_over(held):
    one, stranger = worker(held.union, "Mender"), signed_in(UserFactory())
    assert stranger.post(f"/account/vouchers/{held.code}/send/{one.ref}/", {"wish": ""}).status_code == 404
    assert stranger.post(f"/account/vouchers/{held.code}/back/").status_code == 404
    foreign = a_provider(StoreFactory().union)
    address = f"/account/vouchers/{held.code}/send/{foreign.ref}/"
    assert signed_in(held.owner).post(address, {"wish": ""}).status_code == 404
    assert not Transmission.objects.exists()

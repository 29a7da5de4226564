"""The rules that hold for a service or its variant, and what beat does."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from orders import tasks
from orders.errors import NotBookable
from orders.models import Reservation
from orders.queries.bookables import bookable_by_key, choices_of
from tests.factories.reservations import BookableFactory, ReservationFactory, repair_shop
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db


def test_a_variants_own_rules_go_before_those_of_its_product():
    general = repair_shop()
    plain = general.product.variants.get()
    special = VariantFactory(product=general.product, tracks_stock=False, position=1)
    own = BookableFactory(product=general.product, variant=special)
    assert choices_of(general) == [(plain, general), (special, own)]


def test_what_shoppers_do_not_see_is_not_bookable():
    bookable = repair_shop()
    assert bookable_by_key(bookable.union, bookable.key) == bookable
    bookable.product.is_published = False
    bookable.product.save()
    with pytest.raises(NotBookable):
        bookable_by_key(bookable.union, bookable.key)


def test_beat_lets_lapsed_proposals_go():
    due = ReservationFactory(expires_at=timezone.now() - timedelta(seconds=1))
    assert (tasks.expire_reservations(), tasks.expire_reservations()) == (1, 0)
    due.refresh_from_db()
    assert due.state == "expired"


def test_beat_reminds_once_and_mails_go_to_who_comes():
    soon = timezone.now() + timedelta(minutes=40)
    made = ReservationFactory(state="confirmed", starts_at=soon, confirmed_at=soon - timedelta(days=3))
    assert (tasks.remind_of_reservations(), tasks.remind_of_reservations()) == (1, 0)
    tasks.mail_reminder(made.pk, "hour")
    tasks.mail_reservation(made.pk, made.changes.get().pk)
    assert Reservation.objects.get().hour_told_at is not None
    assert [message.subject.split(":")[0] for message in mail.outbox if message.to == ["ada@example.com"]] == [
        "Soon",
        "Confirmed",
    ]

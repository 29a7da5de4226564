"""An invitation never keeps a visitor who withdrew their consent, whoever comes first."""

import time
from threading import Event, Thread

import pytest
from django.db import connections, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Invitation
from chat.queries.shoppers import Shopper
from chat.services.invitations import forget_invited, invite
from chat.services.rules import Wording, create_rule
from tests.factories.stores import StoreFactory
from unions.services.browsing import forget_visitor
from unions.visits import Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rule():
    store = StoreFactory()
    return create_rule(union=store.union, store=store, wording=Wording(name="Help"), actor=None, now=timezone.now())


def shown(rule, *, since, visitor="v1"):
    return invite(
        shopper=Shopper(union=rule.union, visitor=visitor),
        is_recognised=True,
        since=since,
        topics=[],
        rule_id=rule.pk,
        visit=Visit(page="/clay/"),
        now=timezone.now(),
    )


def kept():
    return list(Invitation.objects.order_by("id").values_list("visitor", "why"))


def test_who_withdrew_before_is_not_kept_and_who_agreed_again_is(rule):
    began = time.time()
    assert shown(rule, since=began).visitor == "v1"
    forget_visitor(visitor="v1")
    forget_invited(visitor="v1", before=timezone.now())
    assert shown(rule, since=began).visitor == ""
    assert kept() == [("", {}), ("", {})]
    assert shown(rule, since=time.time() + 0.002).visitor == "v1"
    assert shown(rule, since=began, visitor="v2").visitor == "v2"


def test_an_invitation_that_is_committed_after_the_withdrawal_is_erased(rule):
    """The withdrawal falls between looking and committing: erasing waits for the transaction."""
    inserted, may_commit, erased = Event(), Event(), Event()
    began = time.time()

    def show():
        try:
            with scopes_disabled(), transaction.atomic():
                shown(rule, since=began)
                inserted.set()
                assert may_commit.wait(10)
        finally:
            connections.close_all()

    def erase():
        try:
            with scopes_disabled():
                forget_invited(visitor="v1", before=timezone.now())
                erased.set()
        finally:
            connections.close_all()

    showing, erasing = Thread(target=show), Thread(target=erase)
    showing.start()
    assert inserted.wait(10)
    forget_visitor(visitor="v1")
    erasing.start()
    assert not erased.wait(0.5)
    may_commit.set()
    showing.join()
    erasing.join()
    assert (erased.is_set(), kept()) == (True, [("", {})])

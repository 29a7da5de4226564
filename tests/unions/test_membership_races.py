"""The same membership decided, and the same enterprise applied with, by several people at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from core.errors import DomainError
from core.models import OutboxEvent
from tests.factories.unions import EnterpriseFactory, MembershipFactory, UnionFactory, owner_of
from unions.models import Membership, MembershipChange
from unions.services import membership as service

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
PEOPLE = 6


def all_at_once(work):
    """Run `work` in PEOPLE threads that start together; the code of each refusal, or "done"."""
    start = Barrier(PEOPLE)

    def one(_):
        try:
            with scopes_disabled():
                start.wait()
                work()
            return "done"
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as people:
        return sorted(people.map(one, range(PEOPLE)))


def test_a_membership_is_approved_once():
    waiting = MembershipFactory(state=Membership.State.APPLIED)

    answers = all_at_once(
        lambda: service.approve(membership=Membership.objects.get(pk=waiting.pk), actor=None, now=NOW)
    )

    assert answers == ["done"] + ["wrong_state"] * (PEOPLE - 1)
    assert MembershipChange.objects.count() == OutboxEvent.objects.count() == 1


def test_an_enterprise_applies_once():
    enterprise, union = EnterpriseFactory(), UnionFactory()
    details = service.ApplicationDetails(enterprise=enterprise)
    owner = owner_of(enterprise)

    answers = all_at_once(lambda: service.apply(union=union, user=owner, details=details, papers=[], now=NOW))

    assert answers == ["already_member"] * (PEOPLE - 1) + ["done"]
    assert Membership.objects.get().state == "applied"
    assert MembershipChange.objects.count() == 1

"""Journeys share one site and run in any order."""

import pytest

END_WHAT_IS_OPEN = """
from django.utils import timezone
from chat.models import Conversation
open_ones = Conversation.objects.filter(state__in=["waiting", "active"])
open_ones.update(state="ended", ended_at=timezone.now(), ended_by="rule", offered_to=None, offered_at=None)
"""


@pytest.fixture(autouse=True)
def _free_hands(live_site):
    """A conversation that a journey leaves open holds a hand of its manager for half an hour; a person has four."""
    yield
    live_site.python(END_WHAT_IS_OPEN)

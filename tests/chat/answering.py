"""People who answer, and conversations that wait for them."""

from datetime import timedelta

from django.utils import timezone
from django_scopes import scope

from chat.models import Conversation, Manager
from chat.queries.presence import KNOWN_SINCE, presence_key
from chat.services.routing import offer_waiting
from core.live import redis_connection
from tests.factories.chat import ConversationFactory
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionStaffFactory

NOW = timezone.now().replace(microsecond=0)


def beat(manager, *, at=NOW, channel="c"):
    redis_connection().zadd(presence_key(manager.union_id), {f"{manager.pk}:{channel}{manager.pk}": at.timestamp()})


def manager_of(store, *, here=True, union=None, **fields):
    """Somebody of the team who is available at a console."""
    if store is not None:
        user = StoreStaffFactory(store=store, permissions=["console"]).user
    else:
        user = UnionStaffFactory(union=union).user
    made = Manager.objects.create(
        union=union or store.union, store=store, user=user, **{"status": "available", "capacity": 2, **fields}
    )
    if here:
        beat(made)
    return made


def waits(store, **fields):
    fields = {"created_at": NOW - timedelta(minutes=1), "visitor": f"v{Conversation.objects.count()}", **fields}
    return ConversationFactory(store=store, **fields)


def offer(store, *, now=NOW, union=None):
    union = union or store.union
    with scope(union=union):
        return offer_waiting(union=union, store=store, now=now)


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


def offered(*conversations):
    return [fresh(each).offered_to_id for each in conversations]


def remembering():
    """A Redis that has run for long and knows nobody, and that nobody else finds changed."""
    redis_connection().flushdb()
    redis_connection().set(KNOWN_SINCE, NOW.timestamp() - 3600)
    yield
    redis_connection().flushdb()

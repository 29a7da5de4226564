"""People who answer, and conversations that wait for them."""

from datetime import timedelta

from django.utils import timezone

from chat.models import Conversation, Manager
from chat.queries.presence import presence_key
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

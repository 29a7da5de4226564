"""What a store promises, and what a union asks of its stores."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from orders.models import ResponseTerms
from orders.queries.response_terms import promises_of
from stores.models import Store


@transaction.atomic
def promise_answers(*, store: Store, answer_hours: int, actor: User | None, now: datetime) -> None:
    """From now on the store answers within so many hours; never more than its union asks. Raises Invalid."""
    asked, _promised = promises_of(union=store.union, store=None)
    if not 1 <= answer_hours <= asked.answer_hours:
        raise Invalid(
            _("Between 1 and %(most)s hours: your union asks for that.") % {"most": asked.answer_hours},
            field="answer_hours",
        )
    ResponseTerms.objects.update_or_create(
        union_id=store.union_id,
        store=store,
        defaults={
            "answer_hours": answer_hours,
            "escalate_hours": asked.escalate_hours,
            "reopen_days": asked.reopen_days,
        },
    )

"""Mails about steps: to the shopper who was promised one, to those at whom an order lies too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from orders.models import RunStep
from orders.queries.ways import IS_OVER
from orders.services.mail.posting import post
from stores.models import Store
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address


def send_step_mail(*, step: RunStep) -> None:
    """That a step was done of which the shopper is told, in the language in which they bought."""
    order = step.run.order
    union, purchase = order.union, order.purchase
    if not purchase.email:
        return
    track = reverse("orders:track", kwargs={"union": union.slug, "token": purchase.token})
    with translation.override(purchase.language or union.default_language):
        store = localized(order.store, "name")
        context = {
            "order": order,
            "store": store,
            "promise": localized(step.step, "promise"),
            "purchase": purchase,
            "union_name": localized(union, "name"),
            "track_url": absolute_address(union, track),
            "subject": _("%(store)s: news of your order %(number)s") % {"store": store, "number": order.number},
        }
        post(union=union, template="run_step", context=context, to=[purchase.email], reply_to=union.contact_email)


def send_overdue_mails(*, store: Store, step_ids: Collection[int]) -> int:
    """What is late, each of those who took something in one mail, and the store for what nobody took; says how many
    mails. What was done meanwhile is left out.
    """
    union = store.union
    late = RunStep.objects.filter(union=union, store=store, pk__in=step_ids, state=RunStep.State.OPEN).exclude(IS_OVER)
    readers: dict[str, list[RunStep]] = defaultdict(list)
    for step in late.select_related("step", "assignee", "run__order__purchase").order_by("due_at", "pk"):
        has_it = step.assignee if step.assignee is not None and step.assignee.is_active else None
        for reader in [has_it.email] if has_it else mail_readers_of(store):
            readers[reader].append(step)
    work = reverse("manage:work", kwargs={"union": union.slug, "store": store.slug})
    with translation.override(union.default_language):
        for reader, steps in sorted(readers.items()):
            subject = ngettext(
                "%(count)d step is late at %(store)s", "%(count)d steps are late at %(store)s", len(steps)
            ) % {"count": len(steps), "store": localized(store, "name")}
            context = {
                "subject": subject,
                "union_name": localized(union, "name"),
                "work_url": absolute_address(union, f"{work}?view=late"),
                "late": [
                    {"title": localized(step.step, "title"), "number": step.run.order.number, "due_at": step.due_at}
                    for step in steps
                ],
            }
            post(union=union, template="overdue", context=context, to=[reader], reply_to=union.contact_email)
    return len(readers)

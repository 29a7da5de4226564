"""Taking a deposit: the customer is asked for it like for any payment, and the step is done once it is paid."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import Invalid, WrongState
from core.localized import localized
from orders.models import Bill, ProcedureStep, RunStep
from orders.services.bills import ask_for_payment

DAYS = 14


@transaction.atomic
def ask_deposit(*, step: RunStep, actor: User | None, now: datetime) -> Bill:
    """Ask the order's customer for the deposit by mail, once. Raises Invalid (nobody to ask), WrongState, and what
    `ask_for_payment` refuses.
    """
    # The step's row is the queue: pressed twice it is asked for once.
    held = (
        RunStep.objects.select_for_update(of=("self",), no_key=True)
        .select_related("step", "store__union", "store__membership", "run__order__purchase")
        .get(union=step.union_id, pk=step.pk)
    )
    rule, order = held.step, held.run.order
    if held.state != RunStep.State.OPEN or rule.kind != ProcedureStep.Kind.TAKE_DEPOSIT or held.bill_id is not None:
        raise WrongState(state=held.state)
    purchase = order.purchase
    if not purchase.email:
        raise Invalid(gettext_lazy("This customer has no e-mail address; take the deposit at the counter."))
    language = purchase.language or held.store.union.default_language
    with translation.override(language):
        title = _("%(what)s, order %(number)s") % {"what": localized(rule, "title"), "number": order.number}
    bill = ask_for_payment(
        store=held.store,
        email=purchase.email,
        title=title,
        amount=rule.deposit or 0,
        language=language,
        days=DAYS,
        actor=actor,
        now=now,
    )
    RunStep.objects.filter(union=held.union_id, pk=held.pk).update(bill=bill)
    return bill

"""Both sides hear of each step of a return that the other side took."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import Return, ReturnStep, Side
from orders.services.mail.posting import mail_shopper, mail_store

State = Return.State


def send_return_mails(*, returned: Return, step: ReturnStep) -> None:
    """What the shopper did goes to the store, what the store did to the shopper; `returned` comes whole."""
    order = returned.order
    if order is None:
        return
    context = {"returned": returned, "step": step, "lines": list(returned.lines.all())}
    if step.side == Side.CUSTOMER:
        keys = {"union": returned.union.slug, "store": returned.store.slug, "number": returned.number}
        mail_store(
            order=order,
            say=lambda: _for_store(returned, step),
            template="return",
            context=context,
            page=reverse("manage:return", kwargs=keys),
        )
    elif step.from_state or step.to_state != State.REQUESTED:
        mail_shopper(order=order, say=lambda: _for_shopper(returned, step), template="return", context=context)


def _for_store(returned: Return, step: ReturnStep) -> tuple[str, str]:
    if step.to_state == State.CANCELLED:
        return _("A return of order %(number)s was called off"), _("The shopper keeps the pieces.")
    if returned.wish == Return.Wish.EXCHANGE:
        return (
            _("Somebody would like to exchange pieces of order %(number)s"),
            _("Please answer: say yes and where to, or no and why."),
        )
    return (
        _("Somebody would like to give pieces of order %(number)s back"),
        _("Please answer: say yes and where to, or no and why."),
    )


def _for_shopper(returned: Return, step: ReturnStep) -> tuple[str, str]:
    money = format_money(returned.total, returned.currency)
    return {
        State.REQUESTED: (_("A return at %(store)s"), ""),
        State.APPROVED: (
            _("%(store)s takes your pieces back"),
            _("Please bring or send them. Your money goes back once they have come."),
        ),
        State.DECLINED: (_("%(store)s does not take your pieces back"), _("The store has said why.")),
        State.CANCELLED: (_("Your return at %(store)s was called off"), _("You keep the pieces.")),
        State.RECEIVED: (_("Your return has reached %(store)s"), _("The store looks at the pieces and settles it.")),
        State.REFUNDED: (
            _("Your return at %(store)s is settled"),
            _("%(money)s goes back to the account you paid from.") % {"money": money}
            if returned.total
            else _("Here is how it ended."),
        ),
    }[State(step.to_state)]

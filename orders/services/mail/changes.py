"""Writes to both sides about pieces that do not come, or came back, and the money for them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import CreditNote, Side
from orders.services.mail.posting import mail_shopper, mail_store

Kind = CreditNote.Kind


def send_credit_mails(*, credit: CreditNote) -> None:
    """The shopper hears of every credit note, the store of what the shopper called off; a return has its own mails."""
    if credit.kind == Kind.RETURNED:
        return
    order = credit.order
    lines = list(credit.lines.select_related("order_line"))
    mail_shopper(order=order, say=lambda: _said(credit), template="credit", context={"credit": credit, "lines": lines})
    if credit.side == Side.CUSTOMER:
        mail_store(
            order=order,
            say=lambda: (
                _("Pieces of order %(number)s were called off"),
                _("The shopper does not want them any more."),
            ),
            template="credit",
            context={"credit": credit, "lines": lines},
        )


def _said(credit: CreditNote) -> tuple[str, str]:
    """Subject and first sentence, in the reader's language."""
    subject = {
        Kind.CALLED_OFF: _("A part of your order from %(store)s does not come"),
        Kind.SUBSTITUTED: _("Something else comes with your order from %(store)s"),
        Kind.GOODWILL: _("Your money from %(store)s is on its way back"),
    }[Kind(credit.kind)]
    money = format_money(credit.total, credit.order.currency)
    text = (
        _("%(money)s goes back to the account you paid from. The rest of your order stays as it is.")
        if credit.total
        else _("The rest of your order stays as it is.")
    )
    return subject, text % {"money": money}

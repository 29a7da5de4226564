"""The shopper is asked whether something else will do; the store hears the answer."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import Substitution
from orders.services.mail.posting import mail_shopper, mail_store

State = Substitution.State


def send_substitution_mail(*, substitution: Substitution) -> None:
    """One mail for the state it has now; what the store took back itself is told to nobody."""
    order, context = substitution.order, {"substitution": substitution}
    if substitution.state == State.OFFERED:
        price = format_money(substitution.unit_price, order.currency)
        mail_shopper(
            order=order,
            say=lambda: (
                _("%(store)s would like to send you something else"),
                _("For %(price)s each; what it costs less goes back to you. Please say yes or no.") % {"price": price},
            ),
            template="substitution",
            context=context,
        )
    elif substitution.state != State.WITHDRAWN:
        said = {
            State.AGREED: _("The shopper says yes. It stands in the order now."),
            State.DECLINED: _("The shopper says no."),
            State.LAPSED: _("The shopper has not answered in time."),
        }
        mail_store(
            order=order,
            say=lambda: (_("Something else for order %(number)s"), said[State(substitution.state)]),
            template="substitution",
            context=context,
        )

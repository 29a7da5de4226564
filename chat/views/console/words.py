"""What the console's scripts say; places as `%(name)s`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext

from chat.models import Conversation, Handover, Manager
from chat.services.telling import notice_words


def console_words() -> dict[str, Any]:
    """For the console's own page."""
    return {
        "notices": notice_words(),
        "states": {str(value): str(label) for value, label in Conversation.State.choices},
        "statuses": {str(value): str(label) for value, label in Manager.Status.choices},
        "why": {str(value): str(label) for value, label in Handover.Why.choices},
        "you": gettext("You"),
        "guest": gettext("Guest"),
        "member": gettext("member"),
        "support": gettext("the union’s support"),
        "mine": gettext("With you"),
        "offered": gettext("For you"),
        "waiting": gettext("Waiting"),
        "others": gettext("With colleagues"),
        "missed": gettext("Left a message"),
        "beside": gettext("You were asked to join"),
        "beside_of": gettext("with %(store)s"),
        "asked": gettext("%(name)s asks you to join a conversation."),
        "more": gettext("Show more"),
        "none": gettext("Nobody waits. New conversations appear here by themselves."),
        "not_here": gettext("You are not logged in here: nothing is offered to you."),
        "accept": gettext("Accept"),
        "answer": gettext("Answer"),
        "join": gettext("Join"),
        "seconds": gettext("%(seconds)s s"),
        "minutes": gettext("%(minutes)s min"),
        "invited": gettext("Invited by the rule “%(rule)s”"),
        "invited_at": gettext("On the page %(page)s"),
        "extended": gettext("There is more time now."),
        "offer": gettext("%(name)s would like to talk"),
        "unread": [ngettext("%(count)s unread", "%(count)s unread", count) for count in (1, 2)],
        "typing": gettext("%(name)s is writing…"),
        "sending": gettext("sending…"),
        "sent": gettext("sent"),
        "seen": gettext("seen"),
        "refused": gettext("not sent"),
        "again": gettext("Send again"),
        "note": gettext("Note for the team"),
        "ask_end": gettext("End this conversation?"),
        "taken": gettext("A colleague was quicker."),
        "failed": gettext("That did not work. Nothing was lost: please try again."),
        "lost": gettext("The connection was lost. What you write is kept and sent as soon as it is back."),
        "handed": gettext("Handed over."),
        "blocked": gettext("Blocked. The conversation has ended."),
        "uploading": gettext("Sending %(name)s…"),
        "new_message": gettext("%(name)s wrote"),
        "page": gettext("is looking at %(page)s"),
        "order_words": gettext("In your own words"),
        "order_remove": gettext("Take out: %(name)s"),
        "order_left": ngettext("%(count)s left", "%(count)s left", 2),
        "order_empty": gettext("Put something into the order first."),
        "order_quantity": gettext("Choose a quantity from 1 to 999."),
        "order_price": gettext("Name a price."),
        "order_amount": gettext("This is no amount in this currency."),
        "order_what": gettext("Say what the price is for."),
        "order_sent": gettext("The order is with the shopper, to confirm and pay."),
        "order_lost": gettext("The connection was lost. The order is kept: send it again, it will be there only once."),
        "push_on": gettext("This device calls you, also with the page closed."),
        "push_off": gettext("This device no longer calls you."),
        "push_no": gettext("The browser does not allow it. Allow notifications for this site in its settings."),
        "capacity": gettext("%(load)s of %(capacity)s"),
    }

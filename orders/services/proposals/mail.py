"""Writes to the side that did not take a step of a price proposal, in its language."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.localized import localized
from orders.models import PriceProposal, ProposalStep, Side
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address

State = PriceProposal.State


def send_proposal_mail(*, proposal: PriceProposal, step: ProposalStep) -> None:
    """Tell of one step whoever is to hear of it. `proposal` as `whole` reads it."""
    language = proposal.language or proposal.union.default_language
    if step.side != Side.CUSTOMER and proposal.email:
        with translation.override(language):
            if subject := _to_customer(step):
                keys = {"union": proposal.union.slug, "token": proposal.token}
                _send(proposal, step, subject, [proposal.email], reverse("orders:proposal", kwargs=keys))
    if step.side != Side.STORE and (readers := mail_readers_of(proposal.store)):
        with translation.override(proposal.union.default_language):
            if subject := _to_store(step):
                keys = {"union": proposal.union.slug, "store": proposal.store.slug, "number": proposal.number}
                _send(proposal, step, subject, readers, reverse("manage:proposal", kwargs=keys))


def _to_customer(step: ProposalStep) -> str:
    match step.to_state:
        case State.OFFERED | State.COUNTERED:
            return _("%(store)s names a price for %(title)s")
        case State.ACCEPTED:
            return _("%(store)s agrees: %(title)s at your price")
        case State.DECLINED:
            return _("%(store)s does not agree to the price for %(title)s")
        case State.EXPIRED:
            return _("The price for %(title)s at %(store)s is not valid any more")
    return ""


def _to_store(step: ProposalStep) -> str:
    match step.to_state:
        case State.OFFERED | State.COUNTERED:
            return _("%(name)s offers a price for %(title)s")
        case State.ACCEPTED:
            return _("%(name)s agrees to your price for %(title)s")
    return ""


def _send(proposal: PriceProposal, step: ProposalStep, subject: str, to: list[str], path: str) -> None:
    spoken = {
        "title": proposal.title,
        "store": localized(proposal.store, "name"),
        "name": proposal.name or _("Someone"),
    }
    # A name may hold a line break, which a header must not.
    subject = " ".join((subject % spoken).split())
    context = {
        **spoken,
        "proposal": proposal,
        "step": step,
        "subject": subject,
        "address": absolute_address(proposal.union, path),
        "union_name": localized(proposal.union, "name"),
    }
    with timezone.override(proposal.union.time_zone):
        text = render_to_string("mail/proposals/step.txt", context).strip() + "\n"
    EmailMultiAlternatives(subject=subject, body=text, to=to).send()

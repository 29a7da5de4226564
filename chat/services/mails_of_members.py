"""Mail about codes and memberships, in the reader's language."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from chat.models import AccessCode, Dues, PreferredBuyer
from chat.queries.codes import code_address, plain_code
from chat.queries.members import payment_of
from core.localized import localized
from core.mail import send_templated_mail
from core.money import format_money
from unions.queries import absolute_address


def send_code_mail(*, code: AccessCode) -> None:
    """The code with its link; one that was taken back meanwhile is not sent."""
    campaign, union = code.campaign, code.campaign.union
    plain = plain_code(code, union)
    if not code.email or code.revoked_at or campaign.ended_at or not plain:
        return
    language = code.language or union.default_language
    with translation.override(language), timezone.override(union.time_zone):
        until = code.expires_at or campaign.expires_at
        context = {
            "name": code.name,
            "words": campaign.words,
            "code": plain,
            "link": code_address(union, plain),
            "place": localized(campaign.store or union, "name"),
            "about": localized(campaign.product, "title") if campaign.product else campaign.name,
            "until": date_format(until, "DATE_FORMAT") if until else "",
            "once": code.max_uses == 1,
        }
        reply_to = (campaign.store.email if campaign.store else "") or union.contact_email
        send_templated_mail(template="chat/code", to=code.email, language=language, context=context, reply_to=reply_to)


def send_dues_mail(*, dues: Dues, state: str) -> None:
    """`paid`: a receipt; `failed`: it is tried again; `dropped`: it has ended; `confirm`: the bank has a question."""
    payment = payment_of(dues)
    address = payment.confirm_url if state == "confirm" and payment is not None else ""
    context = {
        "amount": format_money(dues.amount, dues.currency, dues.buyer.language or None),
        "number": dues.number,
        "account": payment.account.label if state == "paid" and payment is not None and payment.account else "",
        "from": dues.period_start,
        "until": dues.period_end,
        "again": dues.try_at,
        "confirm": absolute_address(dues.union, address) if address else "",
    }
    _send(dues.buyer, f"dues_{state}", context)


def send_membership_mail(*, buyer: PreferredBuyer, state: str) -> None:
    """`cancelled` (until when one is still a member) or `ended`."""
    _send(buyer, f"membership_{state}", {"until": buyer.paid_until})


def _send(buyer: PreferredBuyer, template: str, context: dict[str, object]) -> None:
    union, store = buyer.union, buyer.plan.store
    language = buyer.language or union.default_language
    with translation.override(language), timezone.override(union.time_zone):
        context |= {
            "name": buyer.customer.name,
            "plan": localized(buyer.plan, "name"),
            "place": localized(store or union, "name"),
            "link": absolute_address(union, reverse("talk:memberships")),
        }
        reply_to = (store.email if store else "") or union.contact_email
        send_templated_mail(
            template=f"chat/{template}",
            to=buyer.customer.email,
            language=language,
            context=context,
            reply_to=reply_to,
        )

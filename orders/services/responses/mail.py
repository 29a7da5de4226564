"""Writes to the side that did not take a step, in its language; to the union when it was called."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.localized import localized
from orders.models import CustomerResponse, ResponseEntry, Voice
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address

Kind, Step = CustomerResponse.Kind, ResponseEntry.Step
OF_REVIEWS = (Step.ASK, Step.ANSWER)
TO_STORE = (Step.ASK, Step.WRITE, Step.REOPEN, Step.ESCALATE, Step.HAND_BACK)


def send_response_mail(*, response: CustomerResponse, entry: ResponseEntry) -> None:
    """Tell of one step whoever is to hear of it. `response` as `whole` reads it."""
    if entry.is_internal or (response.kind == Kind.REVIEW and entry.step not in OF_REVIEWS):
        return
    union, store = response.union, response.store
    if entry.voice != Voice.CUSTOMER and response.email:
        with translation.override(response.language or union.default_language):
            subject = _to_customer(entry)
            if subject:
                _send(response, entry, subject, [response.email], _customers_page(response))
    readers = mail_readers_of(store) if entry.step in TO_STORE and entry.voice != Voice.STORE else []
    if readers:
        with translation.override(union.default_language):
            keys = {"union": union.slug, "store": store.slug, "number": response.number}
            page = reverse("manage:response", kwargs=keys)
            _send(response, entry, _to_store(response, entry), readers, page)
    if entry.step == Step.ESCALATE and union.contact_email:
        with translation.override(union.default_language):
            page = reverse("admin:orders_customerresponse_change", args=[response.pk])
            _send(response, entry, _("%(store)s: a customer calls the union"), [union.contact_email], page)


def _customers_page(response: CustomerResponse) -> str:
    if response.kind != Kind.REVIEW:
        return reverse("orders:response", kwargs={"union": response.union.slug, "token": response.token})
    names = {"union": response.union.slug, "store": response.store.slug}
    if response.product is not None:
        return reverse("shop:product", kwargs={**names, "product": response.product.slug})
    return reverse("shop:store", kwargs=names)


def _to_customer(entry: ResponseEntry) -> str:
    match entry.step:
        case Step.ANSWER:
            return _("%(store)s has answered you")
        case Step.ESCALATE:
            return _("Your matter with %(store)s is now at the union")
        case Step.HAND_BACK:
            return _("The union has asked %(store)s to go on with your matter")
        case Step.RESOLVE:
            return _("Your matter with %(store)s is settled. Was it settled well?")
    return ""


def _to_store(response: CustomerResponse, entry: ResponseEntry) -> str:
    match entry.step:
        case Step.ASK:
            return {
                Kind.QUESTION: _("%(name)s asks you something"),
                Kind.COMPLAINT: _("%(name)s complains"),
                Kind.RETURN_WISH: _("%(name)s would like to give something back"),
                Kind.REVIEW: _("%(name)s has reviewed you"),
            }[Kind(response.kind)]
        case Step.WRITE:
            return _("%(name)s has written to you")
        case Step.REOPEN:
            return _("%(name)s is not content yet")
        case Step.ESCALATE:
            return _("The union looks into the matter of %(name)s")
    return _("The union hands the matter of %(name)s back to you")


def _send(response: CustomerResponse, entry: ResponseEntry, subject: str, to: list[str], path: str) -> None:
    spoken = {"store": localized(response.store, "name"), "name": response.name or _("Someone")}
    # A name may hold a line break, which a header must not.
    subject = " ".join((subject % spoken).split())
    context: dict[str, Any] = {
        **spoken,
        "response": response,
        "entry": entry,
        "kind": Kind(response.kind).label,
        "subject": subject,
        "address": absolute_address(response.union, path),
        "union_name": localized(response.union, "name"),
    }
    with timezone.override(response.union.time_zone):
        text = render_to_string("mail/responses/step.txt", context).strip() + "\n"
    EmailMultiAlternatives(subject=subject, body=text, to=to).send()

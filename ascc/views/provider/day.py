"""The provider's day, one voucher with what can be done, and its private pictures."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from ascc.forms.customer import EvidenceForm
from ascc.forms.desk import AppointForm, CodeForm, ExtraForm, ReasonForm, ReportForm, TimeForm
from ascc.models import ServiceProvider
from ascc.presenting.desk import asked_row, voucher_shown, work_row
from ascc.queries.desk import Held, desk_of, evidence_of_work, held_voucher, picture_of_work, reserved_by_customer
from ascc.queries.prices import prices_of
from ascc.services.contact import contact_of
from ascc.services.keeping import file_at
from ascc.services.proving import evidence_file
from ascc.views.provider.frame import provider_page, show_provider
from orders.queries.bookables import bookables_to_manage, resources_to_manage


@provider_page
def day(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """What is asked, whom to agree a time with, where to go today, and what waits for a customer."""
    desk = desk_of(provider)
    context = {
        "asked": [asked_row(one) for one in desk.asked],
        "to_agree": [work_row(one) for one in desk.to_agree],
        "visits": [work_row(one.voucher, one) for one in desk.visits],
        "waiting": [work_row(one.voucher, one) for one in desk.waiting],
    }
    return show_provider(request, provider, "day.html", context, section="day")


@provider_page
def voucher(request: HttpRequest, provider: ServiceProvider, code: str) -> HttpResponse:
    """One voucher that was sent to this provider."""
    return show_voucher(request, provider, held_voucher(provider, code))


def show_voucher(
    request: HttpRequest, provider: ServiceProvider, held: Held, *, refused: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of one, with a form that was refused in its place."""
    shown = voucher_shown(held, now=timezone.now())
    forms = {
        name: make()
        for name, make in _forms(provider, held).items()
        if name in shown["moves"] or name in shown["later"]
    }
    context = {**shown, "forms": {name.replace("-", "_"): form for name, form in {**forms, **(refused or {})}.items()}}
    return show_provider(request, provider, "voucher.html", context, section="day", status=422 if refused else 200)


def _forms(provider: ServiceProvider, held: Held) -> dict[str, Any]:
    currency = held.voucher.currency
    return {
        "decline": lambda: ReasonForm(auto_id="id_decline_%s"),
        "give-back": lambda: ReasonForm(auto_id="id_back_%s"),
        "break-off": lambda: ReasonForm(auto_id="id_off_%s"),
        "appoint": lambda: appoint_form(provider, held),
        "time": lambda: TimeForm(auto_id="id_time_%s") if held.visit and held.visit.reservation_id else None,
        "report": lambda: ReportForm(currency=currency, auto_id="id_report_%s"),
        "extra": lambda: extra_form(provider, held),
        "code": lambda: CodeForm(auto_id="id_code_%s"),
        "evidence": lambda: EvidenceForm(auto_id="id_evidence_%s"),
    }


def extra_form(provider: ServiceProvider, held: Held, data: Any = None) -> ExtraForm:
    """With the provider's own price list, whose lines the customer reads in their language."""
    return ExtraForm(
        data,
        currency=held.voucher.currency,
        prices=prices_of(provider) if held.voucher.currency == provider.store.union.currency else [],
        language=contact_of(voucher=held.voucher).language,
        auto_id="id_extra_%s",
    )


def appoint_form(provider: ServiceProvider, held: Held, data: Any = None) -> AppointForm:
    """The times and people of the store's own calendar."""
    store = provider.store
    return AppointForm(
        data,
        bookables=[one for one in bookables_to_manage(store) if one.is_active],
        resources=[one for one in resources_to_manage(store) if one.is_active],
        reserved=reserved_by_customer(provider, held.voucher, now=timezone.now()),
        auto_id="id_appoint_%s",
    )


@provider_page
def picture(request: HttpRequest, provider: ServiceProvider, code: str, ref: str) -> HttpResponse:
    """A photograph of the provider's own work."""
    return private_picture(picture_of_work(held_voucher(provider, code), ref).path)


@provider_page
def evidence(request: HttpRequest, provider: ServiceProvider, code: str, ref: str) -> HttpResponse:
    """What either side has shown in the dispute about the provider's own work."""
    found = evidence_of_work(held_voucher(provider, code), ref)
    content, kind = evidence_file(evidence=found)
    return private_answer(content, kind)


@provider_page
def signature(request: HttpRequest, provider: ServiceProvider, code: str) -> HttpResponse:
    """What the customer has drawn."""
    visit = held_voucher(provider, code).visit
    if visit is None or not visit.signature:
        raise Http404
    return private_picture(visit.signature)


def private_picture(path: str) -> HttpResponse:
    """A picture that was drawn anew when it came; nobody on the way keeps it."""
    return private_answer(file_at(path=path), "image/webp")


def private_answer(content: bytes, kind: str) -> HttpResponse:
    """A picture to look at, or a paper to keep, for whoever may see it and nobody on the way."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = "attachment" if kind == "application/pdf" else "inline"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

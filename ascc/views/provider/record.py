"""The provider's record with its answers, and the incentive vouchers that customers have given."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascc.forms.desk import AnswerForm
from ascc.models import IncentiveVoucher, ServiceProvider
from ascc.presenting.desk import BADGES
from ascc.queries.desk import (
    DONE_SHOWN,
    assessment_of,
    assessments_of,
    done_visits,
    incentive_of,
    incentives_of,
    known_work,
)
from ascc.services.answering import answer_assessment
from ascc.services.assessing import redeem_incentive
from ascc.views.provider.frame import address_at, do_once, provider_page, show_provider
from core.errors import DomainError, Invalid
from core.localized import localized
from core.numbers import row_id
from payments.queries.credits import credit_of
from stores.views.manage.frame import blame, first_error

PER_PAGE = 20
State = IncentiveVoucher.State


@provider_page
def rewards(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """What customers have given, those that wait to be redeemed first."""
    page = Paginator(incentives_of(provider), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "incentive": one,
            "about": one.voucher.about,
            "stars": one.assessment.score / 100,
            "is_open": one.state == State.GIVEN and one.expires_at > timezone.now(),
            "state": one.get_state_display(),
            "paid_as": one.get_paid_as_display() if one.state == State.REDEEMED else "",
        }
        for one in page
    ]
    context = {"page": page, "rows": rows, "credit": credit_of(provider.store.membership)}
    return show_provider(request, provider, "rewards.html", context, section="rewards")


@provider_page
@require_POST
def reward_redeem(request: HttpRequest, provider: ServiceProvider, code: str) -> HttpResponse:
    """Turn it into money of the next settlement or into a credit, once."""
    found, wanted = incentive_of(provider, code), request.POST.get("as", IncentiveVoucher.Paid.MONEY)

    def work() -> str:
        redeem_incentive(incentive=found, now=timezone.now(), paid_as=wanted)
        return address_at(provider.store, "rewards")

    said = (
        _("Redeemed. It is set against what you owe the union with the next settlement.")
        if wanted == IncentiveVoucher.Paid.CREDIT
        else _("Redeemed. It comes with the next settlement.")
    )
    return do_once(request, work, said=said)


@provider_page
def record(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """What customers see when they choose: done, on time, stars with words; and what was done lately."""
    return _show(request, provider)


@provider_page
@require_POST
def answer(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """A word back to one customer."""
    found = assessment_of(provider, row_id(request.POST.get("assessment", "")))
    form = AnswerForm(request.POST, auto_id=f"id_{found.pk}_%s")
    if not form.is_valid():
        raise Invalid(first_error(form), field="answer")

    def work() -> str:
        answer_assessment(assessment=found, words=form.cleaned_data["answer"])
        return address_at(provider.store, "record")

    try:
        return do_once(request, work, said=_("Your answer stands beside the customer’s words."))
    except DomainError as refusal:
        blame(form, refusal)
        return _show(request, provider, refused={found.pk: form})


def _show(request: HttpRequest, provider: ServiceProvider, *, refused: dict[int, Any] | None = None) -> HttpResponse:
    page = Paginator(assessments_of(provider), PER_PAGE).get_page(request.GET.get("page"))
    answers = provider.answers
    context = {
        "page": page,
        "said": [
            {
                "row": one,
                "stars": one.score / 100,
                "form": (refused or {}).get(one.pk) or AnswerForm(auto_id=f"id_{one.pk}_%s"),
            }
            for one in page
        ],
        "done": [
            {"visit": one, "state": one.get_state_display(), "badge": BADGES.get(one.state, "")}  # type: ignore[call-overload]
            for one in done_visits(provider)[:DONE_SHOWN]
        ],
        "on_time": provider.on_time_percent,
        "minutes": provider.answer_seconds // answers // 60 if answers else None,
        "skills": [localized(code, "title") for code in known_work(provider)],
    }
    return show_provider(request, provider, "record.html", context, section="record")

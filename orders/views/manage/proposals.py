"""Prices on the management pages: what waits for an answer, one proposal, and the rules per product."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from orders.forms.proposals import AnswerForm, PriceForm, RuleForm, answers_to
from orders.models import ProposalRule, Side
from orders.presenting.proposals import proposal_shown, proposal_words
from orders.queries.proposals import VIEWS, store_proposal, store_proposals, store_rules
from orders.services.proposals import accept_price, counter_price, decline_price
from orders.services.proposals.rules import PriceRules, remove_rule, save_rule
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to

PER_PAGE = 25
STEPS = ("accept", "counter", "decline")
SIDE = Side.STORE
TABS = (
    ("waiting", gettext_lazy("To answer")),
    ("agreed", gettext_lazy("Agreed")),
    ("ordered", gettext_lazy("Ordered")),
    ("off", gettext_lazy("Came to nothing")),
    ("all", gettext_lazy("All")),
)


@manage_page(Permission.ORDERS)
def proposals(request: HttpRequest, store: Store) -> HttpResponse:
    """What waits for an answer first."""
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(store_proposals(store, view=view, words=words), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "page": page,
        "rows": [proposal_words(found, now=now) for found in page],
        "view": view,
        "words": words,
        "tabs": [{"name": name, "title": title} for name, title in TABS],
    }
    return show(request, store, "proposals/list.html", context, section="proposals")


@manage_page(Permission.ORDERS)
def proposal(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One, with every step of it."""
    found = store_proposal(store, number)
    item = proposal_shown(found, side=SIDE, now=timezone.now())
    context = {"item": item, **answers_to(found, moves=item["moves"])}
    return show(request, store, "proposals/proposal.html", context, section="proposals")


@manage_page(Permission.ORDERS)
@require_POST
def step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Yes, another price, no."""
    found = store_proposal(store, number)
    form = (
        AnswerForm(request.POST) if step in ("accept", "decline") else PriceForm(request.POST, currency=found.currency)
    )
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("manage:proposal", **kwargs_of(store), number=number)
    said: dict[str, Any] = {"proposal": found, "side": SIDE, "actor": actor_of(request), "now": timezone.now()}
    said["note"] = form.cleaned_data["note"]
    try:
        if step == "decline":
            decline_price(**said)
        elif step == "accept":
            accept_price(**said, expected=form.cleaned_data["expected"])
        else:
            counter_price(**said, expected=form.cleaned_data["expected"], price=form.cleaned_data["price"])
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("manage:proposal", **kwargs_of(store), number=number)


@manage_page(Permission.CATALOGUE)
def rules(request: HttpRequest, store: Store) -> HttpResponse:
    """The rules there are, and a form for one more."""
    return _rules(request, store, None)


@manage_page(Permission.CATALOGUE)
def rule(request: HttpRequest, store: Store, key: str) -> HttpResponse:
    """Change one."""
    return _rules(request, store, _rule(store, key))


@manage_page(Permission.CATALOGUE)
@require_POST
def rule_remove(request: HttpRequest, store: Store, key: str) -> HttpResponse:
    remove_rule(rule=_rule(store, key), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Removed. Offers for it are answered by people now."))
    return to(store, "proposal_rules")


def _rule(store: Store, key: str) -> ProposalRule:
    found = store_rules(store).filter(key=key).first()
    if found is None:
        raise NotFound
    return found


def _rules(request: HttpRequest, store: Store, own: ProposalRule | None) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=own, store=store)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            save_rule(
                store=store,
                rules=PriceRules(
                    **form.prices(),
                    most_rounds=said["most_rounds"],
                    answer_minutes=said["answer_minutes"],
                    hold_minutes=said["hold_minutes"],
                    is_active=said["is_active"],
                ),
                actor=actor_of(request),
                now=timezone.now(),
                rule=own,
                product=said.get("product"),
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return to(store, "proposal_rules")
    context = {"form": form, "own": own, "rules": list(store_rules(store))}
    return show(request, store, "proposals/rules.html", context, section="proposal_rules")

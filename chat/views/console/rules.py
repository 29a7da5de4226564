"""Whom to help: a place's rules, their editor, whom one would have met, and what it led to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.conditions import LEAVES
from chat.forms.rules import RuleForm, hint_of
from chat.models import Rule
from chat.presenting.rules import MONEY, TITLES, in_words
from chat.queries.rule_figures import Figures, figures_of, preview_of, shown_by_day
from chat.queries.rules import as_live, rule_at, rules_at
from chat.services.rules import change_rule, create_rule, remove_rule, switch_rule
from chat.views.console.place import Place, console_page, show_at
from core.charts import Point, day_label, draw
from core.errors import DomainError
from core.money import format_money
from core.pictures import SMALL_SIDE, redrawn
from stores.queries.cards import media_url
from stores.views.manage.frame import actor_of, blame

COUNTED = timedelta(days=30)


def _decider(place: Place) -> None:
    if not place.may_decide:
        raise PermissionDenied


@console_page
def rules(request: HttpRequest, place: Place) -> HttpResponse:
    """All rules of the place in the order in which they speak, each with its figures of the last 30 days."""
    found = list(rules_at(place.union, place.store))
    figures = figures_of(found, since=timezone.now() - COUNTED)
    rows = [
        {
            "rule": rule,
            "words": in_words(rule.conditions, place.union.currency),
            "figures": figures.get(rule.pk, Figures()),
            "url": place.address("rule", ref=rule.ref),
        }
        for rule in found
    ]
    return show_at(request, place, "talk/rules.html", {"rows": rows, "may": place.may_decide}, section="rules")


@console_page
def new(request: HttpRequest, place: Place) -> HttpResponse:
    """Make one."""
    return _editor(request, place, None)


@console_page
def rule(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """Change one; beside it whom it would have met last week and what it led to."""
    return _editor(request, place, rule_at(place.union, place.store, ref))


def _editor(request: HttpRequest, place: Place, found: Rule | None) -> HttpResponse:
    form = RuleForm(
        request.POST or None,
        request.FILES or None,
        union=place.union,
        instance=found or Rule(union=place.union, store=place.store),
    )
    if request.method == "POST":
        _decider(place)
        if form.is_valid():
            by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
            try:
                if file := form.cleaned_data["file"]:
                    by["picture"] = redrawn(file=file, longest=SMALL_SIDE).content
                if found is None:
                    found = create_rule(union=place.union, store=place.store, wording=form.wording(), **by)
                else:
                    current = rule_at(place.union, place.store, found.ref)
                    found = change_rule(rule=current, wording=form.wording(), **by)
            except DomainError as refusal:
                blame(form, refusal)
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(place.address("rule", ref=found.ref))
    own = media_url(found.own_picture) if found is not None and found.own_picture else ""
    context: dict[str, Any] = {"form": form, "rule": found, "may": place.may_decide, "hints": _hints(place), "own": own}
    if found is not None:
        context |= _shown(place, rule_at(place.union, place.store, found.ref), wants_preview="preview" in request.GET)
    return show_at(request, place, "talk/rule.html", context, section="rules")


def _shown(place: Place, rule: Rule, *, wants_preview: bool) -> dict[str, Any]:
    now = timezone.now()
    since = now - COUNTED
    by_day = shown_by_day(rule, since=since)
    days = [timezone.localdate() - timedelta(days=back) for back in range(29, -1, -1)]
    figures = figures_of([rule], since=since).get(rule.pk, Figures())
    chart = draw(
        title=_("How often it spoke, by day"),
        unit=_("times"),
        points=[
            Point(day_label(day), by_day.get(day, 0), str(by_day.get(day, 0)), now=day == days[-1]) for day in days
        ],
        label_heading=_("Day"),
    )
    shown: dict[str, Any] = {
        "words": in_words(rule.conditions, place.union.currency),
        "figures": figures,
        "chart": chart,
    }
    if wants_preview:
        preview = preview_of(place.union, as_live(rule), now=now)
        shown["preview"] = preview
        shown["met"] = [
            {"met": met, "who": met.visitor[:6], "cart": format_money(met.cart, place.union.currency)}
            for met in preview.met
        ]
    return shown


def _hints(place: Place) -> list[dict[str, str]]:
    return [
        {
            "title": str(TITLES[name]),
            "hint": _("an amount in %(currency)s") % {"currency": place.union.currency}
            if name in MONEY
            else hint_of(leaf.shape),
        }
        for name, leaf in LEAVES.items()
    ]


@require_POST
@console_page
def switch(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """In use, or not for now."""
    _decider(place)
    found = rule_at(place.union, place.store, ref)
    wanted = request.POST.get("enabled") == "1"
    switch_rule(rule=found, is_enabled=wanted, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(place.address("rules"))


@require_POST
@console_page
def remove(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """Gone, with its figures."""
    _decider(place)
    remove_rule(rule=rule_at(place.union, place.store, ref))
    messages.success(request, _("The rule is removed."))
    return HttpResponseRedirect(place.address("rules"))

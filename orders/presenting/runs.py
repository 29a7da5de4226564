"""Procedures and orders on their way in words, for the pages of the store and of the shopper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.template.defaultfilters import date as date_text
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from orders.models import Order, ProcedureStep, RunStep
from orders.queries.procedures import store_procedures
from orders.queries.runs import run_of
from orders.queries.ways import TARGETS, has_come_to, is_by_button, may_be_passed, passed_over
from orders.services.moving import MOVES
from orders.services.runs.planning import Due, Hours, plan
from stores.models import Store

State, Unit, From, Move = RunStep.State, ProcedureStep.Unit, ProcedureStep.From, ProcedureStep.Move
BADGES = {State.BLOCKED: "", State.OPEN: "brand", State.DONE: "success", State.SKIPPED: "", State.CALLED_OFF: ""}


def count_words(count: int, unit: str) -> str:
    """`3 working days`."""
    return {
        Unit.MINUTES: ngettext("%(count)d minute", "%(count)d minutes", count),
        Unit.HOURS: ngettext("%(count)d hour", "%(count)d hours", count),
        Unit.DAYS: ngettext("%(count)d day", "%(count)d days", count),
        Unit.WORKING_DAYS: ngettext("%(count)d working day", "%(count)d working days", count),
    }[Unit(unit)] % {"count": count}


def due_words(step: ProcedureStep, titles: dict[str, str]) -> str:
    """By when a step of a procedure is due, in words; `titles` of its steps by key. Empty: at any time."""
    if step.due_count is None:
        return ""
    span = count_words(step.due_count, step.due_unit)
    return {
        From.PAID: _("%(span)s after the payment"),
        From.PREVIOUS: _("%(span)s after the step before it"),
        From.STEP: _("%(span)s after “%(step)s”"),
        From.DEADLINE: _("%(span)s before the order's deadline"),
    }[From(step.due_from)] % {"span": span, "step": titles.get(step.due_key, "")}


def steps_shown(steps: Sequence[ProcedureStep]) -> list[dict[str, Any]]:
    """The steps of a version for the editor."""
    titles = {step.key: localized(step, "title") for step in steps}
    return [
        {
            "step": step,
            "title": titles[step.key],
            "promise": localized(step, "promise"),
            "due": due_words(step, titles),
            "who": (step.person.name or step.person.email) if step.person else step.get_permission_display(),
            "moves": step.get_moves_display() if step.moves else "",
            "first": number == 0,
            "last": number == len(steps) - 1,
        }
        for number, step in enumerate(steps)
    ]


def preview_moments(steps: Sequence[ProcedureStep], *, hours: Hours, now: datetime) -> list[dict[str, Any]]:
    """What a shopper who paid now would read, for components/timeline.html."""
    dues = plan(
        steps=[Due(one.key, one.due_count, one.due_unit, one.due_from, one.due_key, None) for one in steps],
        paid_at=now,
        deadline=None,
        hours=hours,
    )
    shown = [(step, due) for step, due in zip(steps, dues, strict=True) if step.promise]
    return [
        {
            "title": localized(step, "promise"),
            "time": None,
            "text": by_words(due) if due else "",
            "state": "now" if number == 0 else "",
        }
        for number, (step, due) in enumerate(shown)
    ]


def promised_moments(steps: Iterable[RunStep], *, now: datetime) -> list[dict[str, Any]]:
    """The steps of an order that its shopper reads, for components/timeline.html; what was left out is not told."""
    moments = []
    for step in steps:
        if step.state in (State.SKIPPED, State.CALLED_OFF):
            continue
        waits = step.state in RunStep.WAITING
        moments.append(
            {
                "title": localized(step.step, "promise"),
                "time": step.closed_at,
                # A time that has passed is no promise any more; the store sees that it is late.
                "text": by_words(step.due_at) if waits and step.due_at and step.due_at > now else "",
                "state": {State.DONE: "done", State.OPEN: "now"}.get(State(step.state), ""),
            }
        )
    return moments


def by_words(moment: datetime) -> str:
    """`by 21 November 2026, 6 p.m.`, in the time zone of the page."""
    return _("by %(time)s") % {"time": date_text(localtime(moment), "DATETIME_FORMAT")}


def step_shown(step: RunStep, *, now: datetime, user_id: int | None) -> dict[str, Any]:
    """A step of an order for the store's pages."""
    rule, order = step.step, step.run.order
    keys = {"union": step.union.slug, "store": step.store.slug, "number": order.number, "place": step.position}
    late = step.state in RunStep.WAITING and step.due_at is not None and step.due_at < now
    return {
        "step": step,
        "order": order,
        "title": localized(rule, "title"),
        "url": reverse("manage:work_step", kwargs=keys),
        "is_open": step.state == State.OPEN,
        "waits": step.state in RunStep.WAITING,
        "is_late": late,
        "is_mine": step.assignee_id is not None and step.assignee_id == user_id,
        "who": (step.assignee.name or step.assignee.email) if step.assignee else "",
        "badge": "danger" if late else BADGES[State(step.state)],
        "state": _("late") if late else step.get_state_display(),
        "ticked": len(step.ticked),
        "items": len(rule.checklist),
    }


def run_context(store: Store, order: Order, *, user_id: int | None, now: datetime, move: str = "") -> dict[str, Any]:
    """The panel of an order's page: `run` (its procedure and steps), `ways` (the procedures it could walk by) and
    `undone` (steps that this `move` of the order would pass).
    """
    run = run_of(order)
    # What they are used for is told on pages of their own.
    named = store_procedures(store).prefetch_related(None)
    ways = [one for one in named if one.current is not None]  # type: ignore[attr-defined]
    if run is None:
        return {"run": None, "ways": ways}
    way: list[RunStep] = run.way  # type: ignore[attr-defined]
    for step in way:
        step.run, step.store, step.union = run, store, store.union
    return {
        "run": {
            "name": run.version.procedure.name,
            "version": run.version.number,
            "steps": [step_shown(step, now=now, user_id=user_id) for step in way],
        },
        "ways": [one for one in ways if one.pk != run.version.procedure_id],
        "undone": _undone(way, state=MOVES[move].target) if move else None,
    }


def _undone(way: Sequence[RunStep], *, state: str) -> dict[str, str]:
    """Titles of the steps that wait and that an order passes by moving to this state: `left` out, or to `stay`."""
    passed = passed_over(way, state=state)
    found: dict[str, list[str]] = {"left": [], "stay": []}
    for step in way:
        moves = step.step.moves
        is_signed_later = bool(moves) and not is_by_button(step) and has_come_to(state, TARGETS[Move(moves)])
        if step.state in RunStep.WAITING and (step.position in passed or is_signed_later):
            found["left" if may_be_passed(step) else "stay"].append(localized(step.step, "title"))
    return {name: ", ".join(titles) for name, titles in found.items()}


def span_words(seconds: float) -> str:
    """How long something lay, in the one unit that says it best: `40 minutes`, `6 hours`, `3 days`."""
    minutes = seconds / 60
    if minutes < 90:
        return count_words(round(minutes), Unit.MINUTES)
    if minutes < 36 * 60:
        return count_words(round(minutes / 60), Unit.HOURS)
    return count_words(round(minutes / 1440), Unit.DAYS)

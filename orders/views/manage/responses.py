"""Responses on the management pages: what waits for an answer with its clock, one of them, figures, the promise."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError
from orders.forms.responses import AssignForm, PromiseForm, PublicReplyForm, ReplyForm, ShortForm
from orders.models import CustomerResponse, Voice
from orders.presenting.response_figures import days_chart, figures_shown
from orders.presenting.responses import KINDS_SHOWN, response_shown, response_words
from orders.queries.response_figures import response_figures, responses_by_day
from orders.queries.response_terms import promises_of
from orders.queries.responses import VIEWS, colleagues_for, store_response, store_responses, waiting_responses
from orders.services.responses import (
    answer_response,
    assign_response,
    note_response,
    pass_to_union,
    resolve_response,
    take_response,
)
from orders.services.responses.terms import promise_answers
from orders.views.manage.looking import looked_at_asker
from orders.views.responses import picture_answer
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

PER_PAGE = 25
SIDE = Voice.STORE
STEPS = ("answer", "resolve", "take", "assign", "note", "escalate")
TABS = (
    ("waiting", gettext_lazy("To answer")),
    ("shopper", gettext_lazy("Waiting for the shopper")),
    ("union", gettext_lazy("At the union")),
    ("done", gettext_lazy("Settled")),
    ("all", gettext_lazy("All")),
)
DAYS = (7, 30, 90)


@manage_page(Permission.ORDERS)
def responses(request: HttpRequest, store: Store) -> HttpResponse:
    """What waits for an answer first, what is due first at its head."""
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    kind = request.GET.get("kind", "")
    kind = kind if kind in CustomerResponse.Kind.values else ""
    words = request.GET.get("q", "").strip()[:100]
    now = timezone.now()
    found = store_responses(store, view=view, words=words, kind=kind)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    waiting = waiting_responses(store, now=now)
    context = {
        "page": page,
        "rows": [response_words(each, now=now) for each in page],
        "view": view,
        "kind": kind,
        "kinds": KINDS_SHOWN,
        "words": words,
        "waiting": waiting,
        "tabs": [{"name": name, "title": title} for name, title in TABS],
    }
    counts = {"responses": waiting.unanswered}
    return show(request, store, "responses/list.html", context, section="responses", counts=counts)


@manage_page(Permission.ORDERS)
def response(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One, with everything that was said about it."""
    return _page(request, store, store_response(store, number))


def _page(
    request: HttpRequest, store: Store, found: CustomerResponse, forms: dict[str, Any] | None = None
) -> HttpResponse:
    looked_at_asker(request, store, found)
    item = response_shown(found, voice=SIDE, now=timezone.now())
    seen = {"seen": item["last_entry"]}
    reply = PublicReplyForm(initial=seen) if item["is_review"] else ReplyForm(initial=seen)
    context = {
        "item": item,
        "answer": reply,
        "resolve": ShortForm(label=_("How was it settled?"), auto_id="id_resolve_%s"),
        "escalate": ShortForm(label=_("What should the union decide?"), auto_id="id_escalate_%s"),
        "note": ShortForm(label=_("Note for colleagues"), auto_id="id_note_%s"),
        "assign": AssignForm(colleagues=colleagues_for(store), initial={"to": found.assigned_to_id}),
        "may_resolve": item["is_open"] and found.state != CustomerResponse.State.ESCALATED,
        **(forms or {}),
    }
    return show(request, store, "responses/response.html", context, section="responses", status=422 if forms else 200)


@manage_page(Permission.ORDERS)
@require_POST
def step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Answer, settle, take on, hand to a colleague, note, call the union."""
    found = store_response(store, number)
    form = _form(request, store, found, step)
    if form is not None and not form.is_valid():
        return _page(request, store, found, {step: form})
    here = reverse("manage:response", kwargs=kwargs_of(store, number=number))

    def work() -> str:
        _do(request, found, step, form.cleaned_data if form is not None else {})
        return here

    try:
        return HttpResponseRedirect(work_once(request, work))
    except DomainError as refusal:
        if form is None:
            messages.error(request, str(refusal.detail))
            return HttpResponseRedirect(here)
        blame(form, refusal)
        found = store_response(store, number)
        return _page(request, store, found, {step: _read_now(form, found)})


def _form(request: HttpRequest, store: Store, found: CustomerResponse, step: str) -> Any:
    match step:
        case "answer" if found.kind == CustomerResponse.Kind.REVIEW:
            return PublicReplyForm(request.POST)
        case "answer":
            return ReplyForm(request.POST, request.FILES)
        case "assign":
            return AssignForm(request.POST, colleagues=colleagues_for(store))
        case "take":
            return None
    return ShortForm(request.POST, auto_id=f"id_{step}_%s", required=found.kind != CustomerResponse.Kind.REVIEW)


def _read_now(form: Any, found: CustomerResponse) -> Any:
    """What was typed stays; what a colleague has said meanwhile stands above it now, and counts as read."""
    if "seen" in form.fields:
        form.data = form.data.copy()
        form.data["seen"] = max((entry.pk for entry in found.entries.all()), default=0)
    return form


def _do(request: HttpRequest, found: CustomerResponse, step: str, typed: dict[str, Any]) -> None:
    said: dict[str, Any] = {"response": found, "actor": actor_of(request), "now": timezone.now()}
    match step:
        case "answer":
            settles = "resolves" in request.POST
            files = typed.get("pictures") or []
            answer_response(**said, words=typed["words"], voice=SIDE, files=files, seen=typed["seen"], resolves=settles)
        case "resolve":
            resolve_response(**said, words=typed["words"], voice=SIDE)
        case "take":
            take_response(**said)
        case "assign":
            assign_response(**said, to=typed["to"])
        case "note":
            note_response(**said, words=typed["words"], voice=SIDE)
        case _:
            pass_to_union(**said, words=typed["words"])


@manage_page(Permission.ORDERS)
def picture(request: HttpRequest, store: Store, number: str, name: str) -> HttpResponse:
    """A picture in it, for those who work on it."""
    return picture_answer(store_response(store, number), name)


@manage_page(Permission.ORDERS)
def figures(request: HttpRequest, store: Store) -> HttpResponse:
    """How quickly and how well this store answers."""
    wished = request.GET.get("days", "30")
    days = int(wished) if wished in {str(choice) for choice in DAYS} else 30
    now = timezone.now()
    found = response_figures(union=store.union, now=now, days=days, store_id=store.pk)
    context = {
        "days": days,
        "choices": DAYS,
        "figures": figures_shown(found[0]) if found else None,
        "chart": days_chart(responses_by_day(union=store.union, now=now, days=days, store_id=store.pk)),
    }
    return show(request, store, "responses/figures.html", context, section="responses")


@manage_page(Permission.ORDERS)
def promise(request: HttpRequest, store: Store) -> HttpResponse:
    """Within which time this store answers."""
    asked, promised = promises_of(union=store.union, store=store)
    hours = min(asked.answer_hours, promised.answer_hours) if promised else asked.answer_hours
    form = PromiseForm(request.POST or None, most=asked.answer_hours, initial={"answer_hours": hours})
    if request.method == "POST" and form.is_valid():
        try:
            promise_answers(
                store=store,
                answer_hours=form.cleaned_data["answer_hours"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved. Customers are told so when they ask."))
            return to(store, "responses")
    context = {"form": form, "asked": asked}
    status = 422 if form.errors else 200
    return show(request, store, "responses/promise.html", context, section="responses", status=status)

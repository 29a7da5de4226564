"""Calls at the counter: what shoppers look for now, an answer in three presses, what became of the answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from matching.forms.counter import AnswerForm
from matching.models import MatchRequest, MatchResponse
from matching.presenting.counter import call_shown, own_answer_shown
from matching.queries.calls import call_of, calls_of
from matching.queries.counter import VIEWS, answers_of, free_times, others_answered
from matching.queries.fitting import goods_fitting
from matching.queries.settings import how_called
from matching.services.answering import answer_call, decline_call, withdraw_answer
from matching.services.picturing import picture_of
from matching.views.remembered import picture_response
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, work_once

PER_PAGE = 25
PERSON = MatchResponse.By.PERSON
TABS = (
    ("open", gettext_lazy("Asked now")),
    ("answered", gettext_lazy("Answered")),
    ("won", gettext_lazy("Won")),
    ("lost", gettext_lazy("Not chosen")),
)


@manage_page(Permission.CONSOLE)
@never_cache
def calls(request: HttpRequest, store: Store) -> HttpResponse:
    """Open calls, newest first; or the store's answers of one kind."""
    view, now = request.GET.get("view", "open"), timezone.now()
    context: dict[str, Any] = {"tabs": [(name, title, name == view) for name, title in TABS], "view": view}
    if view in VIEWS:
        page = Paginator(answers_of(store, view), PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "answers": [own_answer_shown(each, each.request, now=now) for each in page]}
        return show(request, store, "calls/list.html", context, section="calls")
    context |= {"view": "open", "tabs": [(name, title, name == "open") for name, title in TABS]}
    context |= _open(store) | {"called": how_called(store)}
    return show(request, store, "calls/list.html", context, section="calls", counts={"calls": context["waiting"]})


@manage_page(Permission.CONSOLE)
@require_GET
@never_cache
def open_calls(request: HttpRequest, store: Store) -> HttpResponse:
    """The open ones alone, as the page fetches them when something has come or gone."""
    return render(request, "manage/calls/_open.html", {"store": store, **_open(store), "called": how_called(store)})


def _open(store: Store) -> dict[str, Any]:
    now = timezone.now()
    rows = [call_shown(each, store, now=now) for each in calls_of(store, now=now)]
    return {"calls": rows, "waiting": sum(row["answer"] is None for row in rows)}


@manage_page(Permission.CONSOLE)
@never_cache
def call(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """One of them: what fits of the store's goods, chosen with one press and sent with another."""
    found, now = call_of(store, ref), timezone.now()
    own: MatchResponse | None = found.answer  # type: ignore[attr-defined]
    item = call_shown(found, store, now=now)
    form = _form(request, store, found, own) if item["is_open"] and not _is_used(own) else None
    if request.method == "POST" and form is None:
        messages.error(request, _("The time for answers to this wish is over."))
        return HttpResponseRedirect(item["url"])
    if request.method == "POST" and form is not None and form.is_valid():
        ready = form

        def work() -> str:
            answer_call(
                request=found,
                store=store,
                answer=ready.answer(),
                by=PERSON,
                picture=ready.cleaned_data["picture"],
                actor=actor_of(request),
                now=now,
            )
            return reverse("manage:call", kwargs=kwargs_of(store, ref=ref))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Sent. You are told here when it is chosen."))
            return HttpResponseRedirect(address)
    context: dict[str, Any] = {"item": item, "form": form, "others": others_answered(found) - _counts(own)}
    if form is not None:
        context["more_open"] = any(form[name].errors for name in form.MORE)
        context["options"] = form.options()
    status = 422 if form is not None and form.errors else 200
    return show(request, store, "calls/call.html", context, section="calls", status=status)


@manage_page(Permission.CONSOLE)
@require_GET
@never_cache
def picture(request: HttpRequest, store: Store, ref: str, picture: str) -> HttpResponse:
    """A picture of what is wished, for the stores that were called."""
    return picture_response(picture_of(request=call_of(store, ref), name=picture))


def _form(request: HttpRequest, store: Store, found: MatchRequest, own: MatchResponse | None) -> AnswerForm:
    return AnswerForm(
        request.POST or None,
        request.FILES or None,
        store=store,
        request=found,
        goods=goods_fitting(found, store),
        times=free_times(store, found, now=timezone.now()),
        given=own,
    )


def _is_used(own: MatchResponse | None) -> bool:
    return own is not None and own.state == MatchResponse.State.USED


def _counts(own: MatchResponse | None) -> int:
    return int(own is not None and own.state == MatchResponse.State.OFFERED)


@manage_page(Permission.CONSOLE)
@require_POST
def decline(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """We have nothing for it."""
    found = call_of(store, ref)

    def work() -> str:
        decline_call(request=found, store=store, by=PERSON, actor=actor_of(request), now=timezone.now())
        return reverse("manage:calls", kwargs=kwargs_of(store))

    address = work_once(request, work)
    messages.success(request, _("Said: you have nothing for it."))
    return HttpResponseRedirect(address)


@manage_page(Permission.CONSOLE)
@require_POST
def withdraw(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Take the answer back."""
    found = call_of(store, ref)

    def work() -> str:
        withdraw_answer(request=found, store=store, by=PERSON, actor=actor_of(request), now=timezone.now())
        return reverse("manage:call", kwargs=kwargs_of(store, ref=ref))

    target = work_once(request, work)
    messages.success(request, _("Taken back: nobody can choose it any more."))
    return HttpResponseRedirect(target)

"""Calls and answers as a store reads them at its counter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.localized import localized
from core.money import format_money
from matching.models import MatchRequest, MatchResponse
from matching.presenting import facts_of, took_text
from matching.queries.ranking import kilometres
from stores.models import Store
from stores.queries.cards import media_url

State, Way = MatchResponse.State, MatchResponse.Way
BADGES = {
    State.OFFERED: "brand",
    State.USED: "success",
    State.WITHDRAWN: "warning",
    State.PASSED: "",
    State.LAPSED: "",
    State.DECLINED: "",
}


def call_shown(request: MatchRequest, store: Store, *, now: datetime) -> dict[str, Any]:
    """A wish for a store that was called: what, how far away, how long it may be answered; never who."""
    km = kilometres(request, MatchResponse(store=store))
    own: MatchResponse | None = request.answer  # type: ignore[attr-defined]
    here = [store.union.slug, store.slug, request.ref]
    return {
        "wish": request,
        "ref": request.ref,
        "words": request.words,
        "is_open": request.state == MatchRequest.State.OPEN and request.answers_until > now,
        "facts": [*facts_of(request), *([] if km is None else [_("about %(km)d km away") % {"km": max(1, round(km))}])],
        "class_title": localized(request.code, "title") if request.code else "",
        "from_union": "" if request.union_id == store.union_id else localized(request.union, "name"),
        "answer": own_answer_shown(own, request, now=now) if own else None,
        "url": reverse("manage:call", args=here),
        "pictures": [reverse("manage:call_picture", args=[*here, name]) for name in request.pictures],
    }


def own_answer_shown(response: MatchResponse, request: MatchRequest, *, now: datetime) -> dict[str, Any]:
    """What the store said, and what became of it."""
    state = State(response.state)
    if state == State.OFFERED and response.valid_until <= now:
        state = State.LAPSED
    is_live = request.state in MatchRequest.LIVE
    return {
        "answer": response,
        "words": request.words,
        "ref": request.ref,
        "title": response.title if state != State.DECLINED else _("Nothing for it"),
        "price": "" if response.price is None else format_money(response.price, response.currency),
        "quantity": response.quantity,
        "total": ""
        if response.total is None or not (response.quantity > 1 or response.delivery)
        else format_money(response.total, response.currency),
        "state": str(state),
        "state_text": state.label,
        "badge": BADGES[state],
        "way_text": "" if response.way == Way.CART else Way(response.way).label,
        "by_text": MatchResponse.By(response.by).label,
        "took": took_text(response.took_ms),
        "at": date_format(localtime(response.answered_at), "SHORT_DATETIME_FORMAT"),
        "holds_until": date_format(localtime(response.valid_until), "SHORT_DATETIME_FORMAT"),
        "picture": media_url(response.picture),
        "may_withdraw": state == State.OFFERED and is_live,
    }

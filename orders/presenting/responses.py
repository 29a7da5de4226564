"""A response in words, for the pages of all sides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.services.responses.by_customer import may_call_union

State, Kind, Step = CustomerResponse.State, CustomerResponse.Kind, ResponseEntry.Step
BADGES = {
    State.RECEIVED: "info",
    State.REOPENED: "warning",
    State.ESCALATED: "danger",
    State.RESOLVED: "good",
    State.CLOSED: "",
}
ICONS = {Kind.QUESTION: "talk", Kind.COMPLAINT: "warning", Kind.RETURN_WISH: "return", Kind.REVIEW: "edit"}
SOON = timedelta(hours=4)
KINDS_SHOWN = tuple((kind.value, kind.label) for kind in Kind)


def span_words(span: timedelta) -> str:
    """`25 minutes`, `3 hours`, `4 days`: as exactly as anybody wants to know."""
    minutes = max(1, int(span.total_seconds()) // 60)
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


def clock_words(response: CustomerResponse, *, now: datetime) -> tuple[str, str]:
    """What the store's clock says, and how pressing that is: `late`, `soon`, `` (calm)."""
    if response.state in CustomerResponse.SETTLED:
        return "", ""
    if response.state == State.ESCALATED:
        return _("The union decides"), ""
    if response.due_at is None:
        if response.kind == Kind.REVIEW:
            return _("May be answered"), ""
        return _("Waits for the shopper; the clock stands still"), ""
    left = response.due_at - now
    if left <= timedelta():
        return _("Late by %(time)s") % {"time": span_words(-left)}, "late"
    return _("%(time)s left to answer") % {"time": span_words(left)}, "soon" if left < SOON else ""


def subject_words(response: CustomerResponse) -> str:
    """What it is about: an order's number, a product, or the store itself."""
    if response.order is not None:
        return _("Order %(number)s") % {"number": response.order.number}
    if response.product is not None:
        return localized(response.product, "title")
    return localized(response.store, "name")


def response_words(response: CustomerResponse, *, now: datetime) -> dict[str, Any]:
    """One line of a list: `response` as `in_rows` reads it."""
    clock, pressing = clock_words(response, now=now)
    return {
        "response": response,
        "number": response.number,
        "kind": Kind(response.kind).label,
        "icon": ICONS[Kind(response.kind)],
        "state": State(response.state).label,
        "badge": BADGES.get(State(response.state), "info"),
        "title": first_words(response),
        "subject": subject_words(response),
        "store": localized(response.store, "name"),
        "clock": clock,
        "pressing": pressing,
        "who": response.name or response.email or _("Someone"),
        "stars": response.review.stars if response.review is not None else None,
    }


def first_words(response: CustomerResponse) -> str:
    """Its first line, which stands for it in lists."""
    line = response.words.strip().partition("\n")[0]
    if not line:
        return str(Kind(response.kind).label)
    return line if len(line) <= 90 else f"{line[:88].rstrip()}…"


def response_shown(response: CustomerResponse, *, voice: str, now: datetime) -> dict[str, Any]:
    """All that a page shows of it to this side. `response` as `whole` reads it."""
    entries = [
        entry_shown(entry, response=response, voice=voice)
        for entry in response.entries.all()
        if voice != Voice.CUSTOMER or not entry.is_internal
    ]
    return {
        **response_words(response, now=now),
        "entries": entries,
        "last_entry": max((entry["id"] for entry in entries), default=0),
        "subject_url": _subject_url(response, voice),
        "is_open": response.state in CustomerResponse.OPEN,
        "is_review": response.kind == Kind.REVIEW,
        "may_call_union": voice == Voice.CUSTOMER and may_call_union(response=response, now=now),
        "may_rate": response.state in CustomerResponse.SETTLED and response.satisfaction is None,
    }


def entry_shown(entry: ResponseEntry, *, response: CustomerResponse, voice: str) -> dict[str, Any]:
    """One line of the history, with the addresses of its pictures for this side."""
    return {
        "id": entry.pk,
        "step": entry.step,
        "who": _who(entry, response, voice),
        "what": Step(entry.step).label,
        "words": entry.words,
        "is_mine": entry.voice == voice,
        "is_said": bool(entry.words) and not entry.is_internal and entry.step != Step.RATE,
        "is_internal": entry.is_internal,
        "pictures": [_picture_url(response, name, voice) for name in entry.pictures],
        "at": entry.at,
    }


def _who(entry: ResponseEntry, response: CustomerResponse, voice: str) -> str:
    """The customer sees the store, not who of it; colleagues see each other."""
    if entry.voice == Voice.CUSTOMER:
        return _("You") if voice == Voice.CUSTOMER else response.name or _("The shopper")
    if entry.voice == Voice.STORE:
        if voice != Voice.CUSTOMER and entry.actor is not None:
            return entry.actor.name or entry.actor.email
        return localized(response.store, "name")
    if entry.voice == Voice.UNION:
        return localized(response.union, "name")
    return _("By itself")


def _subject_url(response: CustomerResponse, voice: str) -> str:
    union, store = response.union.slug, response.store.slug
    if response.order is not None:
        if voice == Voice.CUSTOMER:
            track = reverse("orders:track", kwargs={"union": union, "token": response.order.purchase.token})
            return f"{track}#{response.order.number}"
        keys = {"union": union, "store": store, "number": response.order.number}
        return reverse("manage:order", kwargs=keys)
    if response.product is not None:
        return reverse("shop:product", kwargs={"union": union, "store": store, "product": response.product.slug})
    return reverse("shop:store", kwargs={"union": union, "store": store})


def _picture_url(response: CustomerResponse, name: str, voice: str) -> str:
    union = response.union.slug
    if voice == Voice.CUSTOMER:
        return reverse("orders:response_picture", args=[union, response.token, name])
    return reverse("manage:response_picture", args=[union, response.store.slug, response.number, name])

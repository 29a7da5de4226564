"""Wishes and answers in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.localized import localized
from core.money import format_money
from matching.models import MatchRequest, MatchResponse
from matching.queries.ranking import PARTS, Score
from stores.queries.cards import media_url
from stores.queries.options import options_text

State, Way = MatchResponse.State, MatchResponse.Way


def wish_shown(request: MatchRequest, *, now: datetime, answers: int, declined: int = 0) -> dict[str, Any]:
    """A wish for its shopper: what, to how many shops, how long it still runs."""
    state = MatchRequest.State(request.state)
    is_open = state == MatchRequest.State.OPEN and request.answers_until > now
    return {
        "wish": request,
        "ref": request.ref,
        "words": request.words,
        "state": state,
        # “Used” is what becomes of an answer; a shopper has found what the wish was for.
        "state_text": pgettext("of a wish", "found") if state == MatchRequest.State.USED else state.label,
        "is_live": state in MatchRequest.LIVE,
        "is_open": is_open,
        "facts": list(facts_of(request)),
        "class_title": localized(request.code, "title") if request.code else "",
        "called_text": _called_text(len(request.stores)),
        "answers": answers,
        "answers_text": (
            ngettext("%(count)d answer", "%(count)d answers", answers) % {"count": answers} if answers else ""
        ),
        "all_declined": bool(request.stores) and declined >= len(request.stores),
        "declined_text": (
            ngettext("%(count)d has nothing for it", "%(count)d have nothing for it", declined) % {"count": declined}
            if declined
            else ""
        ),
        "pictures": [
            reverse("matching:picture", kwargs={"union": request.union.slug, "ref": request.ref, "picture": name})
            for name in request.pictures
        ],
        "is_remembered": request.is_watched and state == MatchRequest.State.EXPIRED,
        "url": reverse("matching:wish", kwargs={"union": request.union.slug, "ref": request.ref}),
    }


def facts_of(request: MatchRequest) -> Iterable[str]:
    """How many, for how much, new or used, until when: what was said of it."""
    if request.quantity > 1:
        yield ngettext("%(count)d piece", "%(count)d pieces", request.quantity) % {"count": request.quantity}
    if request.budget is not None:
        yield _("up to %(amount)s") % {"amount": format_money(request.budget, request.currency)}
    if request.condition != MatchRequest.Condition.ANY:
        yield str(MatchRequest.Condition(request.condition).label)
    if request.wanted_by is not None:
        yield _("by %(time)s") % {"time": _moment(request.wanted_by)}
    if request.reach_km is not None:
        yield _("within %(km)d km") % {"km": request.reach_km}


def answer_shown(response: MatchResponse, score: Score, *, best: bool, now: datetime) -> dict[str, Any]:
    """An answer for the shopper, with the parts of its score in words. `response` as `responses_to` reads it."""
    holds = response.state == State.OFFERED and response.valid_until > now
    return {
        "answer": response,
        "ref": response.ref,
        "version": response.version,
        "store": localized(response.store, "name"),
        "store_url": reverse("shop:store", args=[response.union.slug, response.store.slug]),
        "title": title_of(response),
        "goods_url": _goods_url(response),
        "price": "" if response.price is None else format_money(response.price, response.currency),
        "total": "" if response.total is None else format_money(response.total, response.currency),
        "has_more": response.quantity > 1 or bool(response.delivery),
        "delivery": "" if not response.delivery else format_money(response.delivery, response.currency),
        "quantity": response.quantity,
        "when": "" if response.available_at is None else _soon(response.available_at, now),
        "words": response.words,
        "picture": media_url(picture_path(response)),
        "is_used_good": response.is_used_good,
        "distance": "" if score.km is None else _kilometres(score.km),
        "rating": response.store.rating,
        "ratings": response.store.rating_count,
        "took": _answered_text(response),
        "holds": holds,
        "holds_text": _("holds until %(time)s") % {"time": _soon(response.valid_until, now)},
        "used": response.state == State.USED,
        "use_text": use_text(response),
        "points": round(score.points / 10),
        "parts": [{"name": str(part_words()[part]), "points": score.parts[part]} for part in PARTS],
        "best": best,
    }


def use_text(response: MatchResponse) -> str:
    """What the button does."""
    match response.way:
        case Way.CART:
            return _("Put it in the cart")
        case Way.TIME:
            return _("Reserve this time")
    return _("Talk about it")


def part_words() -> dict[str, str]:
    """What a part of the score is called."""
    return {
        "price": _("Price"),
        "distance": _("Distance"),
        "time": _("Time"),
        "rating": _("Rating"),
        "speed": _("Speed of the answer"),
    }


def took_text(took_ms: int) -> str:
    """How long a store took to answer."""
    took = timedelta(milliseconds=took_ms)
    if took < timedelta(seconds=2):
        return _("at once")
    if took < timedelta(minutes=2):
        seconds = round(took.total_seconds())
        return ngettext("after %(count)d second", "after %(count)d seconds", seconds) % {"count": seconds}
    if took < timedelta(hours=2):
        minutes = round(took.total_seconds() / 60)
        return ngettext("after %(count)d minute", "after %(count)d minutes", minutes) % {"count": minutes}
    hours = round(took.total_seconds() / 3600)
    return ngettext("after %(count)d hour", "after %(count)d hours", hours) % {"count": hours}


def title_of(response: MatchResponse) -> str:
    """What is offered: a good of the catalogue in the reader's language, unless the store has named it otherwise."""
    if response.variant is None:
        return response.title
    variant, good = response.variant, response.variant.product
    if response.title == good.title:
        return localized(good, "title")
    if response.title == f"{good.title} · {variant.options_text}"[:200]:
        return f"{localized(good, 'title')} · {options_text(variant.options, {'translations': good.translations})}"
    return response.title


def _answered_text(response: MatchResponse) -> str:
    if response.by == MatchResponse.By.STOCK:
        return _("answered %(took)s from the stock") % {"took": took_text(response.took_ms)}
    return _("answered %(took)s") % {"took": took_text(response.took_ms)}


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _soon(moment: datetime, now: datetime) -> str:
    """What is today needs no date."""
    here = localtime(moment)
    if here.date() != localtime(now).date():
        return _moment(moment)
    return _("%(time)s today") % {"time": date_format(here, "TIME_FORMAT")}


def _called_text(stores: int) -> str:
    if not stores:
        return _("No shop here is known for this.")
    return ngettext("%(count)d shop was asked", "%(count)d shops were asked", stores) % {"count": stores}


def _kilometres(km: float) -> str:
    return _("%(km)s km away") % {"km": f"{km:.1f}" if km < 10 else f"{km:.0f}"}


def picture_path(response: MatchResponse) -> str:
    """The picture that the store sent with it, else that of its good."""
    return response.picture or (response.variant.product.cover if response.variant is not None else "")


def _goods_url(response: MatchResponse) -> str:
    if response.variant is None:
        return ""
    return reverse("shop:product", args=[response.union.slug, response.store.slug, response.variant.product.slug])

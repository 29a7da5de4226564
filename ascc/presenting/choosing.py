"""Providers in words, for those who choose one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascc.models import Assessment, ServiceProvider
from ascc.presenting.prices import price_from
from ascc.queries.choosing import Choice
from core.localized import localized
from orders.models import Bookable
from orders.queries.bookables import full_title_of, price_words
from stores.views.shop.words import day_text, time_text

ANSWERS_FAST = 90
HOUR, DAY = 60, 24 * 60


def choice_row(choice: Choice) -> dict[str, Any]:
    """One provider on the list."""
    provider, free = choice.provider, choice.free
    return {
        **record_shown(provider),
        "provider": provider,
        "name": localized(provider.store, "name"),
        "city": provider.store.city,
        "skills": [localized(code, "title") for code in choice.skills],
        "fits": choice.fits > 0,
        "distance": _distance(choice.distance),
        "in_reach": choice.is_in_reach,
        "too_far": choice.distance is not None and not choice.is_in_reach,
        "price_from": price_from(provider.prices.all(), provider.union.currency),
        "free": f"{day_text(free.starts_at.date())}, {time_text(free.starts_at.time())}" if free else "",
    }


def record_shown(provider: ServiceProvider) -> dict[str, Any]:
    """What its work so far says."""
    minutes = provider.answer_seconds // provider.answers // 60 if provider.answers else None
    return {
        "done": provider.done,
        "done_text": ngettext("%(count)d service done", "%(count)d services done", provider.done)
        % {"count": provider.done},
        "on_time": provider.on_time_percent,
        "stars": provider.score,
        "ratings": provider.score_count,
        "answers": _answers(minutes),
        "earned": provider.earned,
        "about": localized(provider, "about"),
    }


def said_row(said: Assessment) -> dict[str, Any]:
    """What one customer said, aspect by aspect."""
    return {
        "row": said,
        "stars": said.score / 100,
        "aspects": [
            (str(Assessment._meta.get_field(name).verbose_name), getattr(said, name))  # type: ignore[union-attr]
            for name in Assessment.ASPECTS
        ],
    }


def service_row(bookable: Bookable) -> dict[str, Any]:
    """One of its services with its price."""
    return {
        "title": full_title_of(bookable),
        "price": price_words(bookable, bookable.variant),
        "minutes": bookable.minutes,
        "product": bookable.product.slug if bookable.product is not None else "",
    }


def _distance(km: float | None) -> str:
    if km is None:
        return ""
    return _("%(km)s km away") % {"km": f"{km:.1f}" if km < 10 else f"{km:.0f}"}


def _answers(minutes: int | None) -> str:
    if minutes is None:
        return ""
    if minutes < ANSWERS_FAST:
        return ngettext("answers within %(count)d minute", "answers within %(count)d minutes", max(1, minutes)) % {
            "count": max(1, minutes)
        }
    if minutes < DAY:
        hours = -(-minutes // HOUR)
        return ngettext("answers within %(count)d hour", "answers within %(count)d hours", hours) % {"count": hours}
    days = -(-minutes // DAY)
    return ngettext("answers within %(count)d day", "answers within %(count)d days", days) % {"count": days}

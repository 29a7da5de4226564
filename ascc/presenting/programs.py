"""What a program promises, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascc.models import Coverage, ProgramVersion
from core.localized import localized
from core.money import format_money

Event = ProgramVersion.Event


def covers_text(version: ProgramVersion) -> str:
    """`repair, check-up` in the reader's language."""
    return ", ".join(str(Coverage(cover).label) for cover in version.covers)


def length_text(version: ProgramVersion) -> str:
    """How long it lasts from when on."""
    months = version.months
    if version.event == Event.PAID:
        return ngettext("%(count)d month from the payment", "%(count)d months from the payment", months) % {
            "count": months
        }
    return ngettext("%(count)d month from delivery", "%(count)d months from delivery", months) % {"count": months}


def visits_text(count: int) -> str:
    """How often somebody comes."""
    return ngettext("%(count)d visit", "%(count)d visits", count) % {"count": count}


def promise_shown(version: ProgramVersion, *, currency: str) -> dict[str, Any]:
    """What the page of a program's terms says."""
    facts = [
        (_("Covers"), covers_text(version)),
        (_("Lasts"), length_text(version)),
        (_("Visits"), visits_text(version.visits)),
    ]
    if version.value:
        facts.append((_("Worth of a visit, up to"), format_money(version.value, currency)))
    if version.deductible:
        facts.append((_("You pay per visit"), format_money(version.deductible, currency)))
    if version.activate_days:
        days = ngettext("within %(count)d day", "within %(count)d days", version.activate_days)
        facts.append((_("To be activated"), days % {"count": version.activate_days}))
    asked = [_("serial number")] if version.needs_serial else []
    asked += [_("photo")] if version.needs_photo else []
    if asked:
        facts.append((_("Needed to activate it"), ", ".join(asked)))
    if version.regions:
        facts.append((_("Where it holds"), ", ".join(version.regions)))
    return {
        "title": localized(version, "title"),
        "summary": localized(version, "summary"),
        "terms": localized(version, "terms"),
        "facts": facts,
        "number": version.number,
    }

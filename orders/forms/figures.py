"""The time that figures are asked for: days up to today, this month, or days of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.presenting.figures import days_text
from orders.queries.spans import LAST_DAYS, Span, span_asked
from unions.models import Union

DAY = {"type": "date"}


class OwnSpanForm(forms.Form):
    """From and until, both with. Comes by GET: the address of what is looked at can be kept."""

    first = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    last = forms.DateField(label=gettext_lazy("Until"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        days = super().clean() or {}
        if "first" in days and "last" in days and days["first"] > days["last"]:
            self.add_error("last", _("This is before the first day."))
        return days


@dataclass(frozen=True, slots=True)
class Choice:
    """`choices` are (address, words, whether it is this one); `query` repeats the span in an address."""

    span: Span
    form: OwnSpanForm
    choices: list[tuple[str, str, bool]]
    query: str

    @property
    def words(self) -> str:
        """The days, and those that they are compared with."""
        names = {"now": days_text(self.span), "before": days_text(self.span.before)}
        return _("%(now)s, compared with %(before)s") % names


def choice_of(request: HttpRequest, *, union: Union, now: datetime, keep: dict[str, str] | None = None) -> Choice:
    """What the address asks for; `keep` is what else stands in the addresses of the choices."""
    typed = request.GET.get("time", "")
    form = OwnSpanForm(request.GET if typed == "own" else None)
    own = form.cleaned_data if typed == "own" and form.is_valid() else {}
    span = span_asked(typed, own.get("first"), own.get("last"), zone=union.time_zone, now=now)
    if not form.is_bound:
        form = OwnSpanForm(initial={"first": span.first, "last": span.last})
    words = {kind: _("%(days)d days") % {"days": int(kind)} for kind in LAST_DAYS} | {"month": _("This month")}
    choices = [
        ("?" + urlencode({**(keep or {}), "time": kind}), said, kind == span.kind) for kind, said in words.items()
    ]
    query = {"time": span.kind}
    if span.kind == "own":
        query |= {"first": span.first.isoformat(), "last": span.last.isoformat()}
    return Choice(span, form, choices, urlencode({**(keep or {}), **query}))

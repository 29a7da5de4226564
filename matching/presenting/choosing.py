"""Answers as the shopper orders and narrows them: tags above the list, each a link that keeps the other choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.models import MatchRequest, MatchResponse
from matching.presenting import part_words
from matching.queries.ranking import PARTS, Score

SORTS = ("best", *(part for part in PARTS if part != "speed"))
Fits = Callable[[MatchResponse, MatchRequest], bool]


def _in_budget(response: MatchResponse, request: MatchRequest) -> bool:
    if request.budget is None or response.currency != request.currency:
        return False
    return response.total is not None and response.total <= request.budget


def _in_time(response: MatchResponse, request: MatchRequest) -> bool:
    if request.wanted_by is None:
        return False
    return response.available_at is not None and response.available_at <= request.wanted_by


FILTERS: Mapping[str, tuple[Any, Fits]] = {
    "budget": (gettext_lazy("Within my budget"), _in_budget),
    "time": (gettext_lazy("In time"), _in_time),
    "brought": (gettext_lazy("Can be brought"), lambda response, _request: response.delivery is not None),
    "new": (gettext_lazy("New only"), lambda response, _request: not response.is_used_good),
    "now": (gettext_lazy("To be bought now"), lambda response, _request: response.way == MatchResponse.Way.CART),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """How the list is looked at; `only` are names of FILTERS, all of which have to fit."""

    sort: str = "best"
    only: tuple[str, ...] = ()
    as_table: bool = False

    @property
    def query(self) -> str:
        """`?sort=price&only=new`; what goes without saying is not said."""
        said: list[tuple[str, str]] = [("sort", self.sort)] if self.sort != "best" else []
        said += [("only", name) for name in self.only]
        said += [("view", "table")] if self.as_table else []
        return f"?{urlencode(said)}"


def choice_in(query: QueryDict) -> Choice:
    """What the address says; what it cannot mean is passed over."""
    sort = query.get("sort", "")
    only = tuple(name for name in FILTERS if name in query.getlist("only"))
    return Choice(sort if sort in SORTS else "best", only, query.get("view") == "table")


def chosen(
    order: Sequence[tuple[MatchResponse, Score]], request: MatchRequest, choice: Choice
) -> list[tuple[MatchResponse, Score]]:
    """Those that fit, in the chosen order; of equals the better ranked first."""
    found = [pair for pair in order if all(FILTERS[name][1](pair[0], request) for name in choice.only)]
    if choice.sort != "best":
        found.sort(key=lambda pair: -pair[1].parts[choice.sort])
    return found


def tags(order: Sequence[tuple[MatchResponse, Score]], request: MatchRequest, choice: Choice) -> dict[str, Any]:
    """The links above the list. A filter stands there when it would leave something out and something in."""
    filters = []
    for name, (title, fits) in FILTERS.items():
        fitting, is_on = sum(fits(response, request) for response, _score in order), name in choice.only
        if is_on or 0 < fitting < len(order):
            only = tuple(each for each in FILTERS if (each in choice.only) != (each == name))
            filters.append({"title": title, "is_on": is_on, "query": replace(choice, only=only).query})
    names = {"best": _("Best altogether"), **part_words()}
    return {
        "sorts": [
            {"title": names[sort], "is_on": sort == choice.sort, "query": replace(choice, sort=sort).query}
            for sort in SORTS
        ],
        "filters": filters,
        "other_view": replace(choice, as_table=not choice.as_table).query,
        "all_query": replace(choice, only=()).query,
    }

"""Where somebody answers: a store's pages, or those of the union's own support in the same frame."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.queries.consoles import SUPPORT
from core.errors import DomainError, NotFound
from core.localized import localized
from stores.models import Store
from stores.views.manage.frame import Permission, manage_page, show, where_from
from unions.models import Union
from unions.queries import is_union_admin

SUPPORT_SECTIONS: tuple[tuple[str, str | Promise, str], ...] = (
    ("wall", gettext_lazy("Live wall"), "eye"),
    ("console", gettext_lazy("Conversations"), "talk"),
    ("rules", gettext_lazy("Whom to help"), "hand"),
    ("codes", gettext_lazy("Codes and lists"), "key"),
    ("plans", gettext_lazy("Preferred buyers"), "people"),
    ("talk", gettext_lazy("How we talk"), "settings"),
)


@dataclass
class Support:
    """The union's support where a page's frame expects a store."""

    union: Union
    name: str
    manage_url: str
    slug: str = SUPPORT
    url: str = ""
    only_looking: bool = False
    allowed: frozenset[str] = field(default_factory=lambda: frozenset(Permission.values))


@dataclass
class Place:
    """A console's place: its union, and the store unless it is the support's."""

    union: Union
    store: Store | None
    front: Any

    @property
    def slug(self) -> str:
        return self.store.slug if self.store is not None else SUPPORT

    @property
    def names(self) -> dict[str, Any]:
        """What every address here carries."""
        return {"union": self.union.slug, "store": self.slug}

    @property
    def may_decide(self) -> bool:
        """Who says how a store talks and who answers: who leads its team."""
        return Permission.TEAM in self.front.allowed

    def address(self, name: str, **more: Any) -> str:
        """A management address of this place."""
        return reverse(f"manage:{name}", kwargs={**self.names, **more})

    @property
    def socket(self) -> str:
        """Where the place's consoles connect."""
        return f"/ws/console/{self.union.slug}/{self.slug}/"


def console_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A page `view(request, place, …)` for those who answer there. The union's office may look at a store's."""

    @manage_page(Permission.CONSOLE)
    def of_store(request: HttpRequest, store: Store, **rest: Any) -> HttpResponse:
        return view(request, Place(store.union, store, store), **rest)

    @login_required
    def of_support(request: HttpRequest, **rest: Any) -> HttpResponse:
        union: Union | None = request.union  # type: ignore[attr-defined]
        if union is None or not is_union_admin(request.user, union):
            raise Http404
        name = _("%(union)s, support") % {"union": localized(union, "name")}
        home = reverse("manage:wall", kwargs={"union": union.slug, "store": SUPPORT})
        place = Place(union, None, Support(union, name, home))
        try:
            with timezone.override(ZoneInfo(union.time_zone)):
                return view(request, place, **rest)
        except NotFound as error:
            raise Http404 from error
        except DomainError as refusal:
            if request.method in {"GET", "HEAD"}:
                raise
            messages.error(request, str(refusal))
            return HttpResponseRedirect(where_from(request, otherwise=home))

    @functools.wraps(view)
    def page(request: HttpRequest, union: str, store: str, **rest: Any) -> HttpResponseBase:
        if store == SUPPORT:
            return of_support(request, **rest)
        return of_store(request, union=union, store=store, **rest)

    return page


def for_answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """What shoppers say is for those who answer: the office's looking around ends here."""

    @functools.wraps(view)
    def inner(request: HttpRequest, place: Place, **rest: Any) -> HttpResponse:
        if place.front.only_looking:
            raise PermissionDenied
        return view(request, place, **rest)

    return console_page(inner)


def show_at(
    request: HttpRequest, place: Place, template: str, context: dict[str, Any], *, section: str, status: int = 200
) -> HttpResponse:
    """Render `templates/manage/<template>` in the place's frame."""
    context = {"place": place, **context}
    if place.store is not None:
        return show(request, place.store, template, context, section=section, status=status)
    sections = [
        {"url": place.address(name), "title": title, "icon": icon, "main": True, "current": name == section}
        for name, title, icon in SUPPORT_SECTIONS
    ]
    frame = {"store": place.front, "sections": sections, "once": secrets.token_urlsafe(12)}
    return render(request, f"manage/{template}", {**frame, **context}, status=status)

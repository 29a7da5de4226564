"""A person's own data: a copy of everything as a file, who looked at it, and being erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from core.tables import table_file
from unions.forms import EraseForm
from unions.middleware.visitor import visitor_in
from unions.models import BrowsingEvent, PersonalFile
from unions.queries import browsed_by, newest_file_of
from unions.services.browsing import forget_visitor
from unions.services.erasing import NotYet, erase_person, what_holds_back
from unions.services.personal_files import ask_for_file


def person_of(request: HttpRequest) -> User:
    """Whoever has passed `login_required`."""
    assert isinstance(request.user, User)
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def file(request: HttpRequest) -> HttpResponse:
    """Ask for a copy; with GET how far it is (a part of the privacy page, for htmx)."""
    if request.method == "POST":
        ask_for_file(user=person_of(request), now=timezone.now())
        return redirect("unions:privacy")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("unions:privacy")
    return render(request, "unions/_personal_file.html", {"copy": newest_file_of(person_of(request))})


@require_safe
@login_required
@never_cache
def file_content(request: HttpRequest, copy: str) -> HttpResponseBase:
    """The file itself, to nobody but its person."""
    asked = PersonalFile.objects.filter(user=person_of(request), key=copy, state=PersonalFile.State.READY).first()
    if asked is None:
        raise Http404
    name = f"martunion-{asked.asked_at:%Y-%m-%d}.zip"
    return FileResponse(asked.file.open(), as_attachment=True, filename=name, content_type="application/zip")


@require_safe
@never_cache
def visits_file(request: HttpRequest) -> HttpResponseBase:
    """What is kept of this browser, for whoever has no sign-in too."""
    head = ["at", "union", "kind", "page", "product", "words", "results", "value", "seconds"]
    return table_file(request, name="visits", shape="csv", head=head, rows=_rows(visitor_in(request.COOKIES)))


def _rows(visitor: str) -> Iterator[list[Any]]:
    for event in browsed_by(visitor):
        yield _row(event)


def _row(event: BrowsingEvent) -> list[Any]:
    numbers = [event.results, event.value, event.seconds]
    return [event.at.isoformat(), event.union.slug, event.kind, event.page, event.product, event.words, *numbers]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def erase(request: HttpRequest) -> HttpResponse:
    """What goes, what stays, what has to be ended first, and the button; the own address typed says it is meant."""
    person = person_of(request)
    form = EraseForm(request.POST or None, person=person)
    reasons = what_holds_back(user=person)
    if request.method == "POST" and form.is_valid():
        try:
            erase_person(user=person, now=timezone.now())
        except NotYet as refusal:
            reasons = refusal.reasons
        else:
            forget_visitor(visitor=visitor_in(request.COOKIES))
            logout(request)
            messages.success(request, _("You are erased. What the books have to keep no longer names you."))
            return redirect("center:home")
    return render(request, "unions/erase.html", {"form": form, "reasons": reasons})

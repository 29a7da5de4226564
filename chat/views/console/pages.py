"""The console."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chat.models import Manager
from chat.views.console.place import Place, console_page, show_at
from chat.views.console.words import console_words


@console_page
def console(request: HttpRequest, place: Place) -> HttpResponse:
    """An empty workbench that its scripts fill over the socket: the page itself costs the same with 1,000 waiting."""
    context = {"words": console_words(), "push_key": settings.PUSH_PUBLIC_KEY, "statuses": Manager.Status.choices}
    return show_at(request, place, "talk/console.html", context, section="console")

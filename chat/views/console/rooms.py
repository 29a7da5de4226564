"""Rooms around items, from the representative's side."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.forms.rooms import RoomForm
from chat.presenting import room_words
from chat.queries.rooms import room_at, room_frame, rooms_at, title_of, words_after
from chat.services.presence import register_manager
from chat.services.rooms import close_room, open_room_around, present, say_to_all
from chat.views.console.place import Place, for_answering, show_at
from core.errors import DomainError
from stores.views.manage.frame import actor_of, blame

PER_PAGE = 50


@for_answering
def rooms(request: HttpRequest, place: Place) -> HttpResponse:
    """A store's rooms, and the form for a new one."""
    if place.store is None:
        raise Http404
    form = RoomForm(request.POST or None, store=place.store)
    if request.method == "POST" and form.is_valid():
        me = register_manager(user=actor_of(request), union=place.union, store=place.store)
        try:
            room = open_room_around(store=place.store, presenter=me, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return HttpResponseRedirect(place.address("present", room=room.ref))
    page = Paginator(rooms_at(place.union, place.store), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"room": room, "title": title_of(room)} for room in page]
    return show_at(request, place, "talk/rooms.html", {"page": page, "rows": rows, "form": form}, section="rooms")


@for_answering
def present_room(request: HttpRequest, place: Place, room: str) -> HttpResponse:
    """The representative's side of a room: words to everybody, who holds it, closing."""
    if place.store is None:
        raise Http404
    found = room_at(place.union, place.store, room)
    now = timezone.now()
    if request.method == "POST":
        me = register_manager(user=actor_of(request), union=place.union, store=place.store)
        if "text" in request.POST:
            say_to_all(room=found, manager=me, text=request.POST["text"], now=now)
        elif "present" in request.POST:
            present(room=found, manager=me, now=now)
        elif "close" in request.POST:
            close_room(room=found, now=now)
            messages.success(request, _("The room has closed."))
        return HttpResponseRedirect(place.address("present", room=found.ref))
    context = {
        "room": found,
        "title": title_of(found),
        "state": room_frame(found, now=now),
        "words": words_after(found, max(0, found.last_seq - 200)),
        "shown_words": room_words(),
    }
    return show_at(request, place, "talk/present.html", context, section="rooms")

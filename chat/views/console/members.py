"""Plans of preferred buyers and who is in them; rooms around items."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.forms.invites import PlanForm, RoomForm
from chat.presenting import room_words
from chat.queries.members import members_at, plans_at
from chat.queries.rooms import room_at, room_frame, rooms_at, title_of, words_after
from chat.services.members import save_plan
from chat.services.presence import register_manager
from chat.services.rooms import close_room, open_room_around, present, say_to_all
from chat.views.console.place import Place, for_answering, show_at
from core.errors import DomainError, NotFound
from core.numbers import row_id
from stores.views.manage.frame import actor_of, blame

PER_PAGE = 50


@for_answering
def plans(request: HttpRequest, place: Place) -> HttpResponse:
    """What is offered, and the members with what they have paid; changed by who leads the team."""
    own = list(plans_at(place.union, place.store))
    sent = row_id(request.POST.get("plan", "")) if request.method == "POST" else None
    chosen = next((plan for plan in own if plan.pk == sent), None)
    if sent is not None and chosen is None:
        raise NotFound
    if request.method == "POST" and not place.may_decide:
        raise PermissionDenied
    new = PlanForm(request.POST if request.method == "POST" and chosen is None else None, union=place.union)
    rows = [
        (
            plan,
            PlanForm(
                request.POST if plan is chosen else None,
                instance=plan,
                union=place.union,
                auto_id=f"id_{plan.pk}_%s",
            ),
        )
        for plan in own
    ]
    form = new if chosen is None else next(form for plan, form in rows if plan is chosen)
    if request.method == "POST" and form.is_valid():
        try:
            save_plan(union=place.union, store=place.store, plan=chosen, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(place.address("plans"))
    page = Paginator(members_at(place.union, place.store), PER_PAGE).get_page(request.GET.get("page"))
    return show_at(request, place, "talk/plans.html", {"rows": rows, "form": new, "page": page}, section="plans")


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

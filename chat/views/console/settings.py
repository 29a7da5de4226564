"""How a place talks: its ways, who answers, saved replies, blocked visitors."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.forms.console import ManagerForm, ReplyForm, TalkSettingsForm
from chat.models import Block, Manager, SavedReply, TalkSettings
from chat.queries.consoles import people_of_place, recent_sessions
from chat.services.blocking import lift_address, unblock
from chat.services.talk_settings import (
    delete_reply,
    log_out_manager,
    save_manager,
    save_reply,
    save_talk_settings,
)
from chat.views.console.place import Place, console_page, for_answering, show_at
from core.errors import DomainError, NotFound
from core.numbers import row_id
from stores.views.manage.frame import blame

PER_PAGE = 50
MOST_STAYS = 20


def _tabs(place: Place, current: str) -> list[dict[str, object]]:
    titles = {
        "talk": _("Ways of talking"),
        "talk_managers": _("Who answers"),
        "talk_replies": _("Saved replies"),
        "talk_blocked": _("Blocked"),
    }
    return [{"title": title, "url": place.address(name), "current": name == current} for name, title in titles.items()]


def _show(request: HttpRequest, place: Place, name: str, context: dict[str, object]) -> HttpResponse:
    context = {"tabs": _tabs(place, name), **context}
    return show_at(request, place, f"talk/{name.removeprefix('talk_')}.html", context, section="talk")


def _only_deciders(place: Place) -> None:
    if not place.may_decide:
        raise PermissionDenied


@console_page
def talk(request: HttpRequest, place: Place) -> HttpResponse:
    """Whether and how shoppers may talk; changed by who leads the team."""
    settings = TalkSettings.objects.filter(union=place.union, store=place.store).first()
    form = TalkSettingsForm(request.POST or None, instance=settings or TalkSettings())
    if place.store is None:
        del form.fields["overflow_seconds"]
    if request.method == "POST":
        _only_deciders(place)
        if form.is_valid():
            save_talk_settings(union=place.union, store=place.store, values=form.cleaned_data, now=timezone.now())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(place.address("talk"))
    return _show(request, place, "talk", {"form": form})


@console_page
def managers(request: HttpRequest, place: Place) -> HttpResponse:
    """Who answers: the name that shoppers see, how many at once, departments; and the last stays at the consoles."""
    settings = TalkSettings.objects.filter(union=place.union, store=place.store).first() or TalkSettings()
    people = people_of_place(place.union, place.store)
    sent = row_id(request.POST.get("user", "")) if request.method == "POST" else None
    if request.method == "POST":
        _only_deciders(place)
        if "log_out" in request.POST:
            log_out_manager(
                union=place.union, store=place.store, manager=row_id(request.POST["log_out"]) or 0, now=timezone.now()
            )
            messages.success(request, _("Logged out."))
            return HttpResponseRedirect(place.address("talk_managers"))
        if sent not in {person.pk for person, _manager in people}:
            raise NotFound
    rows = []
    for person, manager in people:
        form = ManagerForm(
            request.POST if person.pk == sent else None,
            instance=manager or Manager(shown_name=person.name[:80]),
            departments=settings.departments,
            auto_id=f"id_{person.pk}_%s",
        )
        if person.pk == sent and form.is_valid():
            save_manager(union=place.union, store=place.store, user=person, values=form.cleaned_data)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(place.address("talk_managers"))
        rows.append({"person": person, "manager": manager, "form": form})
    stays = recent_sessions(place.union, place.store)[:MOST_STAYS] if place.may_decide else []
    return _show(request, place, "talk_managers", {"rows": rows, "stays": stays})


@for_answering
def replies(request: HttpRequest, place: Place) -> HttpResponse:
    """Words for often: add, change, throw away."""
    own = list(SavedReply.objects.filter(union=place.union, store=place.store))
    sent = row_id(request.POST.get("reply", "")) if request.method == "POST" else None
    if request.method == "POST" and "delete" in request.POST:
        delete_reply(union=place.union, store=place.store, reply=row_id(request.POST["delete"]) or 0)
        messages.success(request, _("The reply is gone."))
        return HttpResponseRedirect(place.address("talk_replies"))
    chosen = next((reply for reply in own if reply.pk == sent), None)
    if sent is not None and chosen is None:
        raise NotFound
    new = ReplyForm(request.POST if request.method == "POST" and chosen is None else None)
    rows = [
        (reply, ReplyForm(request.POST if reply is chosen else None, instance=reply, auto_id=f"id_{reply.pk}_%s"))
        for reply in own
    ]
    form = new if chosen is None else next(form for reply, form in rows if reply is chosen)
    if request.method == "POST" and form.is_valid():
        try:
            save_reply(union=place.union, store=place.store, reply=chosen, **form.cleaned_data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(place.address("talk_replies"))
    return _show(request, place, "talk_replies", {"form": new, "rows": rows})


@for_answering
def blocked(request: HttpRequest, place: Place) -> HttpResponse:
    """Whom this place does not talk to, and letting them back in."""
    if request.method == "POST":
        block = row_id(request.POST.get("block", "")) or 0
        if "address" in request.POST:
            lift_address(union=place.union, store=place.store, block=block)
            messages.success(request, _("Others at this network address may talk to you again."))
        else:
            unblock(union=place.union, store=place.store, block=block)
            messages.success(request, _("They may talk to you again."))
        return HttpResponseRedirect(place.address("talk_blocked"))
    blocks = Block.objects.filter(union=place.union, store=place.store).select_related("user", "by")
    page = Paginator(blocks, PER_PAGE).get_page(request.GET.get("page"))
    return _show(request, place, "talk_blocked", {"page": page, "now": timezone.now()})

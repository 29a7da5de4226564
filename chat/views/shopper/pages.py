"""Beginning a conversation, reading it, writing in it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from chat.cards import offers_of
from chat.forms import STARS, AddressForm, AttachmentForm, BeginForm, RatingForm, WriteForm
from chat.models import Conversation, TalkSettings
from chat.presenting import conversation_shown, message_shown, place_name, presence_text, window_words
from chat.queries.members import memberships_here, open_plans
from chat.queries.presence import presence_of
from chat.queries.products import product_at
from chat.queries.shoppers import conversations_of, conversations_of_person
from chat.queries.transcripts import transcript_of
from chat.queries.waiting import queue_frames
from chat.services.beginning import FirstWords, begin_conversation
from chat.services.conversations import shopper_voice, text_posting
from chat.services.messages import post
from chat.services.showing import conversation_frame
from chat.views.refusals import refused
from chat.views.shopper.identity import is_script, own_conversation, shopper_of, union_of
from core.errors import DomainError
from core.localized import localized
from core.numbers import row_id
from core.references import new_secret
from orders.queries.bookables import offered_bookables
from stores.models import Store

PER_PAGE = 20


def store_asked(request: HttpRequest) -> Store | None:
    """The store that the address or the form names; none is the union's own support."""
    slug = request.POST.get("store", "") or request.GET.get("store", "")
    if not slug:
        return None
    store = Store.objects.visible().filter(union=union_of(request), slug=slug).first()
    if store is None:
        raise Http404
    return store


def _settings_of(request: HttpRequest, store: Store | None) -> TalkSettings:
    return TalkSettings.objects.filter(union=union_of(request), store=store).first() or TalkSettings()


def _begin_form(request: HttpRequest, store: Store | None, settings: TalkSettings) -> BeginForm:
    return BeginForm(
        request.POST if request.method == "POST" else None,
        departments=settings.departments,
        signed_in=request.user.is_authenticated,
        prefix=None,
        auto_id="talk_%s",
        initial={
            "store": store.slug if store is not None else "",
            "product": row_id(request.GET.get("product", "")),
            "page": request.GET.get("page", "")[:300],
            "id": new_secret(12),
        },
    )


def _place(request: HttpRequest, store: Store | None) -> str:
    return localized(store if store is not None else union_of(request), "name")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest, union: str) -> HttpResponse:
    """The shopper's conversations in this union, and the form for a new one."""
    store = store_asked(request)
    settings = _settings_of(request, store)
    form = _begin_form(request, store, settings)
    if request.method == "POST":
        answer = _begin(request, store, form)
        if answer is not None:
            return answer
    here = union_of(request)
    page = Paginator(conversations_of(shopper_of(request)).select_related("store", "union"), PER_PAGE).get_page(
        request.GET.get("page_number")
    )
    presence = presence_of(here, [store], now=timezone.now())[store.pk if store else None]
    context = {
        "form": form,
        "place": _place(request, store),
        "store": store,
        "settings": settings,
        "presence": {"state": presence.state, "text": presence_text(presence)},
        "page": page,
        "conversations": [conversation_shown(each) for each in page],
        "about": product_at(store, here.pk, row_id(request.GET.get("product", "")) or 0),
    }
    return render(request, "talk/home.html", context, status=422 if form.errors else 200)


def _begin(request: HttpRequest, store: Store | None, form: BeginForm) -> HttpResponse | None:
    if form.is_valid():
        given = form.cleaned_data
        words = FirstWords(
            text=given["text"],
            name=given.get("name", ""),
            email=given.get("email", ""),
            department=given.get("department", ""),
            page=given["page"],
            client_id=given["id"],
            product=product_at(store, union_of(request).pk, given["product"] or 0),
        )
        try:
            conversation = begin_conversation(
                shopper=shopper_of(request, begins=True), store=store, words=words, now=timezone.now()
            )
        except DomainError as error:
            if is_script(request):
                return refused(error)
            form.add_error(None, str(error.detail))
        else:
            if is_script(request):
                return JsonResponse(conversation_frame(conversation=conversation))
            return redirect("talk:conversation", union=union_of(request).slug, ref=conversation.ref)
    if is_script(request):
        return JsonResponse({"code": "invalid", "errors": form.errors}, status=422)
    return None


@never_cache
@require_GET
def window(request: HttpRequest, union: str) -> HttpResponse:
    """The window itself, fetched when somebody first opens it on a page."""
    store = store_asked(request)
    settings = _settings_of(request, store)
    context = {
        "form": _begin_form(request, store, settings),
        "rating": RatingForm(auto_id="talk_rate_%s"),
        "stars": STARS[::-1],
        "address": AddressForm(auto_id="talk_address_%s"),
        "place": _place(request, store),
        "union_name": _place(request, None),
        "store": store,
        "settings": settings,
        "words": window_words(),
        "service": _service_asked(request, store),
        "offers": offers_of(union_of(request), store, request.user if isinstance(request.user, User) else None),
        "page": request.GET.get("page", "")[:300],
        "plan": _plan_of(request, store),
        "plans": not request.user.is_authenticated and open_plans(union_of(request)).exists(),
    }
    return render(request, "talk/window.html", context)


def _plan_of(request: HttpRequest, store: Store | None) -> str:
    """By which plan the shopper is a preferred buyer at this place; an empty text for others. One query at most."""
    user: Any = request.user
    if not user.is_authenticated:
        return ""
    found = memberships_here(union_of(request), user, now=timezone.now())
    mine = [each.plan for each in found if each.plan.store_id in (None, store.pk if store else None)]
    return localized(mine[0], "name") if mine else ""


def _service_asked(request: HttpRequest, store: Store | None) -> str | None:
    """The key of what a time can be chosen for on this page; empty where the store has several, None without any."""
    if store is None:
        return None
    offered = list(offered_bookables(union_of(request)).filter(store=store))
    product = row_id(request.GET.get("product", ""))
    meant = [each for each in offered if product and each.product_id == product] or offered
    return None if not offered else meant[0].key if len(meant) == 1 else ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """What was said, and a form to go on."""
    own = own_conversation(request, ref)
    form = WriteForm(request.POST if request.method == "POST" else None, initial={"id": new_secret(12)})
    if request.method == "POST" and form.is_valid():
        try:
            posting = text_posting(
                voice=shopper_voice(conversation=own),
                text=form.cleaned_data["text"],
                client_id=form.cleaned_data["id"],
            )
            post(conversation=own, postings=[posting], now=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error.detail))
            own.refresh_from_db(fields=["state"])
        else:
            return redirect(reverse("talk:conversation", args=[own.union.slug, own.ref]) + "#write")
    context = _context_of(own, form)
    # The link in a mail opens the window, which is live; from the window the same page is for reading and printing.
    if own.free_is_over:
        context |= {"page": request.path, "plans": open_plans(own.union).exists()}
    context["talk_ref"] = own.ref if "open" in request.GET else ""
    return render(request, "talk/conversation.html", context, status=422 if form.errors else 200)


def _context_of(own: Conversation, form: WriteForm) -> dict[str, Any]:
    now = timezone.now()
    queue = None
    if own.state == Conversation.State.WAITING:
        queue = next((frame for each, frame in queue_frames(own.union, own.store, now=now) if each.pk == own.pk), None)
    return {
        "conversation": own,
        "place": place_name(own),
        "lines": [message_shown(message, own) for message in transcript_of(own)],
        "form": form,
        "queue": queue,
        "minutes": max(1, round(queue["wait"] / 60)) if queue else None,
        "is_over": own.state == Conversation.State.ENDED,
        "may_rate": own.answered_at is not None and own.rating is None,
        "rating": RatingForm(),
        "address": AddressForm(initial={"email": own.shopper_email}),
        "attachment": AttachmentForm(initial={"id": new_secret(12)}),
    }


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """The person's conversations in all unions."""
    page = Paginator(conversations_of_person(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "conversations": [conversation_shown(each) for each in page]}
    return render(request, "talk/account.html", context)


def back_to(own: Conversation, request: HttpRequest, words: str) -> HttpResponse:
    """After a step: the window goes on in place, a page is shown anew with a word."""
    if is_script(request):
        return JsonResponse(conversation_frame(conversation=own))
    messages.success(request, words)
    return redirect("talk:conversation", union=own.union.slug, ref=own.ref)

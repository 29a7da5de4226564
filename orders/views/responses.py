"""Questions, complaints and wishes to give back, from the customer's side: asking, and one's own by its secret link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clients import address_of
from core.errors import DomainError, NotFound
from core.localized import localized
from core.references import new_secret
from orders.forms.responses import AskForm, RateForm, ShortForm, WordsForm
from orders.models import CustomerResponse, Order, Voice
from orders.presenting.responses import response_shown, response_words, span_words
from orders.queries.response_terms import terms_of
from orders.queries.responses import askable_product, askable_store, response_by_token, responses_about, responses_of
from orders.services.contact import Contact
from orders.services.responses import (
    Subject,
    ask_store,
    call_union,
    open_again,
    rate_response,
    say_it_is_settled,
    write_more,
)
from orders.services.responses.picturing import picture_of
from orders.views.shopping import person, union_of
from orders.views.tracking import order_of, purchase_at
from stores.views.manage.frame import blame

PER_PAGE = 20
STEPS = ("write", "escalate", "settle", "reopen", "rate")
SIDE = Voice.CUSTOMER


def response_at(request: HttpRequest, token: str) -> CustomerResponse:
    """The response whose link this is; one of an account opens to its person alone."""
    try:
        found = response_by_token(union=union_of(request), token=token)
    except NotFound as error:
        raise Http404 from error
    user = person(request)
    if found.user_id is not None and (user is None or user.pk != found.user_id):
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@never_cache
def ask_about_store(request: HttpRequest, union: str, store: str, product: str = "") -> HttpResponse:
    """Ask or complain, about a store or something that it shows."""
    try:
        here = askable_store(union=union_of(request), slug=store)
        subject = Subject(here, product=askable_product(store=here, slug=product) if product else None)
    except NotFound as error:
        raise Http404 from error
    user = person(request)
    contact = Contact(user, language=get_language() or "")
    title = localized(subject.product, "title") if subject.product else localized(here, "name")
    if subject.product:
        back = reverse("shop:product", kwargs={"union": union, "store": store, "product": product})
    else:
        back = reverse("shop:store", kwargs={"union": union, "store": store})
    return _ask(request, subject, contact, {"title": title, "back": back})


@require_http_methods(["GET", "POST"])
@never_cache
def ask_about_order(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """The same about an order, from the page that follows it: the answer goes where its mails went."""
    purchase = purchase_at(request, token)
    order = order_of(purchase, number)
    order.store.union = purchase.union
    user = person(request)
    if purchase.user_id and (user is None or user.pk != purchase.user_id):
        user = None
    contact = Contact(user, purchase.recipient, purchase.email, "", purchase.language or get_language() or "")
    back = reverse("orders:track", kwargs={"union": union, "token": token}) + f"#{number}"
    title = _("Order %(number)s") % {"number": order.number}
    more = {
        "title": title,
        "back": back,
        "before": list(responses_about(order=order)),
        "return_url": _return_url(order),
    }
    return _ask(request, Subject(order.store, order=order), contact, more)


def _ask(request: HttpRequest, subject: Subject, contact: Contact, more: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    known = contact.user is not None or bool(contact.email)
    kind = request.GET.get("kind", "")
    form = AskForm(
        request.POST or None,
        request.FILES or None,
        with_order=subject.order is not None,
        signed_in=known,
        initial={"kind": kind} if kind in CustomerResponse.Kind.values else {},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        who = contact
        if not known:
            who = Contact(None, said["name"], said["email"], "", contact.language)
        try:
            made = ask_store(
                subject=subject,
                kind=said["kind"],
                words=said["words"],
                contact=who,
                actor=person(request),
                now=now,
                files=said["pictures"],
                address=address_of(request),
                key=f"page:{request.POST['once'][:40]}" if request.POST.get("once") else "",
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("The store has it. The answer comes here and by e-mail."))
            return redirect("orders:response", union=subject.store.union.slug, token=made.token)
    terms = terms_of(union=subject.store.union, store=subject.store, now=now)
    context = {
        **more,
        "form": form,
        "store": subject.store,
        "email": contact.completed().email if known else "",
        "answered_within": span_words(timedelta(hours=terms.answer_hours)),
        "once": request.POST.get("once") or new_secret(12),
    }
    return render(request, "orders/ask.html", context, status=422 if form.errors else 200)


def _return_url(order: Order) -> str:
    """Where the pieces of an order are given back."""
    keys = {"union": order.union.slug, "token": order.purchase.token, "number": order.number}
    return reverse("orders:return", kwargs=keys)


@require_GET
@never_cache
def response(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Where it stands, what was said, and what can be done now. With htmx (it asks by itself) only if that is new."""
    found = response_at(request, token)
    if request.htmx and request.GET.get("seen") == _seen(found):  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return _page(request, found)


def _seen(found: CustomerResponse) -> str:
    """What changes with every step."""
    return str(found.changed_at.timestamp())


def _page(request: HttpRequest, found: CustomerResponse, forms: dict[str, Any] | None = None) -> HttpResponse:
    item = response_shown(found, voice=SIDE, now=timezone.now())
    closed = found.state == CustomerResponse.State.CLOSED
    context = {
        "item": item,
        "write": None if closed or not item["is_open"] else WordsForm(),
        "reopen": ShortForm(label=_("What is not right yet?")) if found.state == "resolved" else None,
        "escalate": ShortForm(label=_("What should the union know?"), required=False)
        if item["may_call_union"]
        else None,
        "rate": RateForm() if item["may_rate"] else None,
        "return_url": _return_url(found.order) if found.kind == "return_wish" and found.order else "",
        "socket": "" if closed else f"/ws/u/{found.union.slug}/",
        "seen": _seen(found),
        **(forms or {}),
    }
    return render(request, "orders/response.html", context, status=422 if forms else 200)


@require_POST
def step(request: HttpRequest, union: str, token: str, step: str) -> HttpResponse:
    """Write more, call the union, say that it is settled, open it again, rate."""
    found = response_at(request, token)
    form = _form(request, step)
    if form is not None and not form.is_valid():
        return _page(request, found, {step: form})
    said: dict[str, Any] = {"response": found, "actor": person(request), "now": timezone.now()}
    typed = form.cleaned_data if form is not None else {}
    try:
        match step:
            case "write":
                write_more(**said, words=typed["words"], files=typed["pictures"])
            case "escalate":
                call_union(**said, words=typed["words"])
                messages.success(request, _("The union looks into it."))
            case "settle":
                say_it_is_settled(**said)
            case "reopen":
                open_again(**said, words=typed["words"])
            case _:
                rate_response(**said, stars=typed["stars"], words=typed["words"])
                messages.success(request, _("Thank you for telling us."))
    except DomainError as refusal:
        if form is not None:
            # What was typed stays, also what cannot be said any more.
            blame(form, refusal)
            return _page(request, response_at(request, token), {step: form})
        messages.error(request, str(refusal.detail))
    return redirect("orders:response", union=union, token=token)


def _form(request: HttpRequest, step: str) -> Any:
    match step:
        case "write":
            return WordsForm(request.POST, request.FILES)
        case "rate":
            return RateForm(request.POST)
        case "settle":
            return None
    return ShortForm(request.POST, required=step == "reopen")


@require_GET
def picture(request: HttpRequest, union: str, token: str, name: str) -> HttpResponse:
    """A picture in it, to whom it concerns."""
    return picture_answer(response_at(request, token), name)


def picture_answer(found: CustomerResponse, name: str) -> HttpResponse:
    """The file, which no other page may show and no cache between keeps."""
    try:
        content = picture_of(response=found, name=name)
    except NotFound as error:
        raise Http404 from error
    answer = HttpResponse(content, content_type="image/webp")
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The person's own in all unions."""
    user = person(request)
    if user is None:
        raise Http404
    page = Paginator(responses_of(user), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [response_words(found, now=now) for found in page]
    return render(
        request, "orders/responses.html", {"page": page, "rows": rows, "title": _("Questions and complaints")}
    )

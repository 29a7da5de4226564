"""Goods that come back, at the store: what was asked for, the answer, what has come, the money."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError, WrongState
from orders.forms.returns import (
    AnswerForm,
    DeclineForm,
    ExchangeForm,
    ReceiveForm,
    RefundForm,
    ReturnForm,
    ReturnRuleForm,
)
from orders.models import Return, ReturnRule, Side
from orders.presenting.returns import return_shown, steps_shown
from orders.queries.manage import order_to_handle
from orders.queries.returns import (
    VIEWS,
    is_returnable,
    open_returns,
    return_of_store,
    return_rules,
    returnable_pieces,
    returns_of_store,
    worth_of,
)
from orders.services.crediting import delivery_left
from orders.services.returns import (
    approve_return,
    ask_return,
    cancel_return,
    decline_return,
    exchange_return,
    receive_return,
    refund_return,
)
from orders.services.returns.moving import moves_of
from orders.services.returns.photos import photo_of
from orders.services.returns.rules import save_return_rule
from orders.views.manage.looking import looked_at
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

PER_PAGE = 25
STEPS = ("approve", "decline", "receive", "refund", "exchange", "cancel")
TABS = (
    ("open", gettext_lazy("To do")),
    ("done", gettext_lazy("Settled")),
    ("off", gettext_lazy("Came to nothing")),
    ("all", gettext_lazy("All")),
)


@manage_page(Permission.ORDERS)
def returns(request: HttpRequest, store: Store) -> HttpResponse:
    """What waits longest first."""
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(returns_of_store(store, view=view, words=words), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [return_shown(found) for found in page],
        "view": view,
        "words": words,
        "tabs": [{"name": name, "title": title} for name, title in TABS],
    }
    return show(
        request, store, "returns/list.html", context, section="returns", counts={"returns": open_returns(store.pk)}
    )


@manage_page(Permission.ORDERS)
def returned(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One, with what comes next."""
    return _page(request, store, return_of_store(store, number))


def _page(request: HttpRequest, store: Store, found: Return, wrong: dict[str, Form] | None = None) -> HttpResponse:
    if found.order is not None:
        looked_at(request, store, found.order)
    moves = moves_of(returned=found)
    forms = {name: _form(name, found, store) for name in moves} | (wrong or {})
    context = {
        "item": return_shown(found),
        "order": found.order,
        "lines": list(found.lines.all()),
        "moments": steps_shown(found),
        "moves": moves,
        "forms": forms,
        "next": next((name for name in ("approve", "receive", "refund") if name in moves), ""),
    }
    return show(request, store, "returns/return.html", context, section="returns")


def _form(step: str, found: Return, store: Store, data: Any = None) -> Form:
    if step == "receive":
        return ReceiveForm(data, lines=list(found.lines.all()))
    if step == "refund":
        assert found.order is not None
        most, delivery = worth_of(found.lines.all()), delivery_left(order=found.order)
        return RefundForm(data, currency=found.currency, most=most, delivery=delivery)
    if step == "exchange":
        return ExchangeForm(data, store=store, lines=list(found.lines.all()), prefix="instead")
    if step == "approve":
        words = return_rules(store.union_id, [store.pk])[store.pk][1]
        return AnswerForm(data, initial={"answer": words}, prefix="yes")
    return DeclineForm(data, prefix="no") if step == "decline" else Form(data)


@manage_page(Permission.ORDERS)
@require_POST
def step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Of two who press at once, one does it and the other sees it done."""
    found = return_of_store(store, number)
    form = _form(step, found, store, request.POST)
    if not form.is_valid():
        return _page(request, store, found, {step: form})
    try:
        address = work_once(request, lambda: _take(request, store, found, step, form))
    except WrongState:
        messages.info(request, _("This return has moved on in the meantime. Here is where it is now."))
        return to(store, "return", number=number)
    except DomainError as refusal:
        blame(form, refusal)
        return _page(request, store, return_of_store(store, number), {step: form})
    messages.success(request, _said(step))
    return HttpResponse(status=302, headers={"Location": address})


def _take(request: HttpRequest, store: Store, found: Return, step: str, form: Any) -> str:
    by: dict[str, Any] = {"returned": found, "actor": actor_of(request), "now": timezone.now()}
    said = form.cleaned_data
    if step == "approve":
        approve_return(answer=said["answer"], **by)
    elif step == "decline":
        decline_return(answer=said["answer"], **by)
    elif step == "receive":
        receive_return(pieces=form.pieces, note=said["note"], **by)
    elif step == "refund":
        refund_return(**form.wanted, **by)
    elif step == "exchange":
        exchange_return(instead=form.wanted, **by)
    else:
        cancel_return(side=Side.STORE, **by)
    return reverse("manage:return", kwargs=kwargs_of(store, number=found.number))


def _said(step: str) -> str:
    return {
        "approve": _("Approved. The shopper has been told."),
        "decline": _("Declined. The shopper has been told why."),
        "receive": _("Received. Stock is as you said; now settle the money."),
        "refund": _("The money is on its way back to the shopper."),
        "exchange": _("Exchanged. The new order stands in your list."),
        "cancel": _("Called off. The shopper keeps the pieces."),
    }[step]


@manage_page(Permission.ORDERS)
def new(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """The shopper stands at the counter, or a parcel came back: the store opens the return, and has said yes to it."""
    order = order_to_handle(store, number)
    lines = list(order.lines.all())
    now = timezone.now()
    left = returnable_pieces(order=order, lines=lines) if is_returnable(order=order, by_store=True, now=now) else {}
    if not any(left.values()):
        messages.info(request, _("No pieces of this order are with the shopper."))
        return to(store, "order", number=number)
    sent = request.method == "POST"
    form = ReturnForm(request.POST if sent else None, request.FILES if sent else None, lines=lines, left=left)
    if sent and form.is_valid():
        try:
            address = work_once(request, lambda: _open(request, store, order, form))
        except DomainError as refusal:
            form.take(refusal)
        else:
            messages.success(request, _("Noted. Say now what has come."))
            return HttpResponse(status=302, headers={"Location": address})
    return show(request, store, "returns/new.html", {"order": order, "form": form}, section="returns")


def _open(request: HttpRequest, store: Store, order: Any, form: ReturnForm) -> str:
    said = form.cleaned_data
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    found = ask_return(
        order=order,
        pieces=form.pieces,
        reason=said["reason"],
        wish=said["wish"],
        photo=said["photo"],
        by_store=True,
        **by,
    )
    approve_return(returned=found, answer="", **by)
    return reverse("manage:return", kwargs=kwargs_of(store, number=found.number))


@manage_page(Permission.ORDERS)
def photo(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """The photograph that the shopper sent."""
    return HttpResponse(photo_of(returned=return_of_store(store, number)), content_type="image/webp")


@manage_page(Permission.ORDERS)
def rules(request: HttpRequest, store: Store) -> HttpResponse:
    """For how many days after delivery the store takes goods back, and how."""
    own = ReturnRule.objects.filter(union=store.union_id, store=store).first()
    days = return_rules(store.union_id, [store.pk])[store.pk][0]
    form = ReturnRuleForm(request.POST or None, instance=own, initial={} if own else {"days": days})
    if request.method == "POST" and form.is_valid():
        save_return_rule(store=store, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return to(store, "returns")
    return show(request, store, "returns/rules.html", {"form": form, "days": days}, section="returns")

"""Entering a code: by hand, or by the link that a QR opens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.forms.codes import CodeForm
from chat.queries.codes import CodeUnknown
from chat.services.codes import enter_code, look_up_code, note_scan
from chat.views.shopper.identity import shopper_of, union_of
from core.errors import DomainError
from core.localized import localized


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, union: str) -> HttpResponse:
    """The visible place for a code. `?code=` fills it in."""
    given = request.GET.get("code", "")[:40]
    form = CodeForm(request.POST if request.method == "POST" else None, initial={"code": given})
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, form.cleaned_data["code"])
        except DomainError as refusal:
            form.add_error("code", str(refusal))
    context = {"form": form, "place": localized(union_of(request), "name")}
    return render(request, "talk/code.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, union: str, code: str) -> HttpResponse:
    """What a QR opens: who invites, to what; one press enters the code. Looking alone uses nothing up."""
    now = timezone.now()
    if request.method == "POST":
        try:
            return _enter(request, code)
        except DomainError as refusal:
            return _refused(request, code, refusal)
    try:
        found = look_up_code(shopper=shopper_of(request), text=code, now=now)
    except DomainError as refusal:
        return _refused(request, code, refusal)
    if request.method == "GET":
        note_scan(code=found, now=now)
    campaign = found.campaign
    store = campaign.store or (campaign.product.store if campaign.product else None)
    context = {
        "campaign": campaign,
        "code": found,
        "place": localized(store or union_of(request), "name"),
        "store": store,
        "item": localized(campaign.product, "title") if campaign.product else "",
    }
    return render(request, "talk/code_link.html", context)


def _enter(request: HttpRequest, text: str) -> HttpResponse:
    code, conversation = enter_code(
        shopper=shopper_of(request, begins=True), text=text, page=request.path, now=timezone.now()
    )
    product = code.campaign.product
    if product is not None and product.is_published:
        target = redirect("shop:product", union=conversation.union.slug, store=product.store.slug, product=product.slug)
        target["Location"] += "?open=1"
        return target
    return redirect("talk:conversation", union=conversation.union.slug, ref=conversation.ref)


def _refused(request: HttpRequest, text: str, refusal: DomainError) -> HttpResponse:
    form = CodeForm({"code": text[:40]})
    form.is_valid()
    form.add_error("code", str(refusal))
    context = {"form": form, "place": localized(union_of(request), "name")}
    status = 404 if isinstance(refusal, CodeUnknown) else refusal.status
    return render(request, "talk/code.html", context, status=status)

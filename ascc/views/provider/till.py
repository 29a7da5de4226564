"""The till: scan or type, see what it is, redeem it, and undo that for a minute."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascc.forms.desk import CodeForm, TillForm
from ascc.models import ServiceProvider, Voucher
from ascc.presenting.desk import undo_until, what_for
from ascc.queries.desk import redemption_of
from ascc.queries.vouchers import issuer_of
from ascc.services.confirming import count_try
from ascc.services.redeeming import UNDO_WITHIN, undo_redemption
from ascc.services.till import Shown, read_shown, redeem_at_till
from ascc.views.provider.frame import address_at, by_of, do_once, is_kept, provider_page, show_provider
from chat.services.limits import count_against_limit
from core.clients import address_of
from core.errors import DomainError
from core.localized import localized
from stores.views.manage.frame import actor_of, blame

LOOKS = (120, 3600)
"""Vouchers that one person looks up in an hour; a guesser is stopped, a busy counter is not."""


@provider_page
def till(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """The field and the camera; POST shows what was held up. `?done=` is a redemption that may still be undone."""
    form = TillForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            shown = _read(request, provider, form.cleaned_data["text"])
        except DomainError as refusal:
            if is_kept(request):
                raise
            blame(form, refusal)
        else:
            return _show(request, provider, shown, form.cleaned_data["text"])
    if done := request.GET.get("done", ""):
        context |= _done(provider, done)
    return show_provider(request, provider, "till.html", context, section="till")


@provider_page
@require_POST
def redeem(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """Use up a visit of what was shown."""
    text = request.POST.get("text", "")[:4000]
    shown = _read(request, provider, text)
    code = CodeForm(request.POST)
    plain = code.cleaned_data["code"] if not shown.is_proved and code.is_valid() else ""
    try:
        if plain and shown.voucher.provider_id == provider.pk and shown.voucher.state in Voucher.HELD:
            count_try(voucher=shown.voucher, now=timezone.now())

        def work() -> str:
            made = redeem_at_till(
                shown=shown, provider=provider, by=by_of(request), now=timezone.now(), plain_code=plain
            )
            return f"{address_at(provider.store, 'till')}?done={made.ref}"

        return do_once(request, work, said=_("Redeemed. Your fee comes with the next settlement."))
    except DomainError as refusal:
        if is_kept(request):
            raise
        return _show(request, provider, shown, text, refusal=refusal)


@provider_page
@require_POST
def undo(request: HttpRequest, provider: ServiceProvider, ref: str) -> HttpResponse:
    """It was a mistake, and a minute has not passed."""
    found = redemption_of(provider, ref)

    def work() -> str:
        undo_redemption(redemption=found, by=by_of(request), now=timezone.now())
        return address_at(provider.store, "till")

    return do_once(request, work, said=_("Undone. The voucher is as it was before."))


def _read(request: HttpRequest, provider: ServiceProvider, text: str) -> Shown:
    person = f"till-{actor_of(request).pk}"
    count_against_limit(what="till", limit=LOOKS, visitor=person, address=address_of(request))
    return read_shown(text=text, union=provider.union, issuer=issuer_of(provider.union), now=timezone.now())


def _show(
    request: HttpRequest, provider: ServiceProvider, shown: Shown, text: str, *, refusal: DomainError | None = None
) -> HttpResponse:
    voucher = shown.voucher
    is_ours = voucher.provider_id == provider.pk and voucher.state in (Voucher.State.ACCEPTED, Voucher.State.IN_SERVICE)
    # Whoever does not hold it learns what the public page says, and no more.
    context = {
        "form": TillForm(),
        "text": text,
        "voucher": voucher,
        "is_ours": is_ours,
        "is_proved": shown.is_proved,
        "program": localized(voucher.version, "title"),
        "covers": what_for(voucher),
        "state": voucher.get_state_display(),
        "is_lapsed": voucher.expires_at <= timezone.now(),
        "code": None if shown.is_proved else CodeForm(auto_id="id_till_%s"),
        "refusal": str(refusal) if refusal else "",
    }
    return show_provider(request, provider, "till.html", context, section="till", status=422 if refusal else 200)


def _done(provider: ServiceProvider, ref: str) -> dict[str, Any]:
    try:
        made = redemption_of(provider, ref)
    except DomainError:
        return {}
    now = timezone.now()
    can_undo = made.undone_at is None and made.visit_id is None and made.at + UNDO_WITHIN > now
    return {"made": made, "can_undo": can_undo, "undo_until": undo_until(made.at)}

"""The till: scan or type, see what it is, take it on, redeem it, and undo that for a minute."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascc.forms.desk import CodeForm, TillForm
from ascc.models import ServiceProvider, Voucher
from ascc.presenting.desk import undo_until, what_for
from ascc.queries.desk import redemption_of
from ascc.queries.vouchers import issuer_of
from ascc.services.confirming import count_try
from ascc.services.holding import hold_shown
from ascc.services.redeeming import UNDO_WITHIN, undo_redemption
from ascc.services.scanning import MOST_OF_FRAME, NoCodeSeen, PictureUnreadable, code_in
from ascc.services.till import LONGEST, Shown, read_shown, redeem_at_till
from ascc.services.tokens import StaleToken
from ascc.views.provider.frame import address_at, by_of, do_once, is_kept, provider_page, show_provider
from chat.services.limits import count_against_limit
from chat.views.refusals import refused
from core.clients import address_of
from core.errors import DomainError, Invalid
from core.localized import localized
from stores.views.manage.frame import actor_of, blame

State = Voucher.State
LOOKS = (120, 3600)
"""Vouchers that one person looks up in an hour; a guesser is stopped, a busy counter is not."""
PICTURES = (1200, 3600)
"""Pictures that are read for one person in an hour: one a second while the camera is open, for twenty minutes."""
KEPT, KEPT_FOR = "till", 600
"""Where the session has what was looked up last, and for how many seconds it is shown."""


@provider_page
def till(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """The field and the camera; POST shows what was held up, to the page's script as the address that shows it.

    `?shown=1` is what was looked up last, `?done=` a redemption that may still be undone.
    """
    form = TillForm(request.POST or None, request.FILES or None, prefix_of_codes=provider.union.prefix)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST":
        try:
            text = _text_of(request, form)
            shown = _read(request, provider, text)
        except DomainError as refusal:
            if is_kept(request):
                raise
            if form.is_valid():
                blame(form, refusal)
        else:
            if is_kept(request):
                return JsonResponse({"go": _keep(request, provider, text), "said": ""})
            return _show(request, provider, shown, text)
    elif text := _kept(request, provider) if "shown" in request.GET else "":
        return _show(request, provider, _seen(provider, text), text)
    if done := request.GET.get("done", ""):
        context |= _done(provider, done)
    status = 422 if form.errors else 200
    return show_provider(request, provider, "till.html", context, section="till", status=status)


@provider_page
@require_POST
def picture(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """What the QR code in a picture says that the page's script has taken; empty when none is seen."""
    _count_picture(request)
    file = request.FILES.get("photo")
    try:
        if file is None:
            raise PictureUnreadable(field="photo")
        return JsonResponse({"text": code_in(picture=file, most_bytes=MOST_OF_FRAME)})
    except NoCodeSeen:
        return JsonResponse({"text": ""})
    except PictureUnreadable as refusal:
        return refused(refusal)


@provider_page
@require_POST
def hold(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """Take on what the customer holds up here."""
    text = request.POST.get("text", "")[:LONGEST]
    shown = _read(request, provider, text)

    def work() -> str:
        hold_shown(shown=shown, provider=provider, by=by_of(request), now=timezone.now())
        return _keep(request, provider, text)

    try:
        return do_once(request, work, said=_("It is with you now; the customer gets a mail about it."))
    except DomainError as refusal:
        if is_kept(request):
            raise
        return _show(request, provider, shown, text, refusal=refusal)


@provider_page
@require_POST
def redeem(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """Use up a visit of what was shown."""
    text = request.POST.get("text", "")[:LONGEST]
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
            request.session.pop(KEPT, None)
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


def _text_of(request: HttpRequest, form: TillForm) -> str:
    """What was typed, else what the photo says. Raises Invalid, PictureUnreadable, NoCodeSeen, TooMany."""
    if not form.is_valid():
        raise Invalid
    typed: str = form.cleaned_data["text"]
    if typed:
        return typed
    _count_picture(request)
    return code_in(picture=form.cleaned_data["photo"])


def _count_picture(request: HttpRequest) -> None:
    person = f"till-{actor_of(request).pk}"
    count_against_limit(what="till-picture", limit=PICTURES, visitor=person, address=address_of(request))


def _read(request: HttpRequest, provider: ServiceProvider, text: str) -> Shown:
    person = f"till-{actor_of(request).pk}"
    count_against_limit(what="till", limit=LOOKS, visitor=person, address=address_of(request))
    return _seen(provider, text)


def _seen(provider: ServiceProvider, text: str) -> Shown:
    return read_shown(text=text, union=provider.union, issuer=issuer_of(provider.union), now=timezone.now())


def _keep(request: HttpRequest, provider: ServiceProvider, text: str) -> str:
    """Keep in the person's session what is on the counter; the address of the page that shows it."""
    request.session[KEPT] = {"provider": provider.pk, "text": text, "at": timezone.now().timestamp()}
    return f"{address_at(provider.store, 'till')}?shown=1"


def _kept(request: HttpRequest, provider: ServiceProvider) -> str:
    kept = request.session.get(KEPT)
    if kept is None or kept["provider"] != provider.pk or timezone.now().timestamp() - kept["at"] > KEPT_FOR:
        return ""
    text: str = kept["text"]
    return text


def _show(
    request: HttpRequest, provider: ServiceProvider, shown: Shown, text: str, *, refusal: DomainError | None = None
) -> HttpResponse:
    voucher = shown.voucher
    is_sent_here = voucher.provider_id == provider.pk
    is_ours = is_sent_here and voucher.state in (State.ACCEPTED, State.IN_SERVICE)
    is_free = voucher.state == State.ACTIVE or (voucher.state == State.TRANSMITTED and is_sent_here)
    is_approved = provider.state == ServiceProvider.State.APPROVED
    # Whoever does not hold it learns what the public page says, and no more.
    context = {
        "form": TillForm(prefix_of_codes=provider.union.prefix),
        "text": text,
        "voucher": voucher,
        "is_ours": is_ours,
        "is_proved": shown.is_proved,
        "stale": StaleToken.detail if shown.is_stale else "",
        "why_not": _why_not(shown, is_sent_here=is_sent_here),
        "can_hold": shown.is_proved and is_free and is_approved and voucher.visits_left > 0,
        "program": localized(voucher.version, "title"),
        "covers": what_for(voucher),
        "state": voucher.get_state_display(),
        "is_lapsed": voucher.expires_at <= timezone.now(),
        "code": None if shown.is_proved else CodeForm(auto_id="id_till_%s"),
        "refusal": str(refusal) if refusal else "",
    }
    return show_provider(request, provider, "till.html", context, section="till", status=422 if refusal else 200)


def _why_not(shown: Shown, *, is_sent_here: bool) -> str:
    """Why what was scanned cannot be taken on, and what the customer can do about it."""
    state = shown.voucher.state
    if shown.voucher.visits_left <= 0:
        return _("This voucher is used up: it has no visit left.")
    if state in Voucher.OVER or state in (State.PERFORMED, State.ASSESSED):
        return _("Nothing can be redeemed with it now.")
    if is_sent_here or not shown.is_proved:
        return ""
    if state == State.ISSUED:
        return _("The customer has to activate it first, in the wallet.")
    if state in Voucher.HELD:
        return _("It is with another provider. The customer takes it back in the wallet first.")
    return ""


def _done(provider: ServiceProvider, ref: str) -> dict[str, Any]:
    try:
        made = redemption_of(provider, ref)
    except DomainError:
        return {}
    now = timezone.now()
    can_undo = made.undone_at is None and made.visit_id is None and made.at + UNDO_WITHIN > now
    version = made.voucher.version
    return {"made": made, "share": version.deductible, "can_undo": can_undo, "undo_until": undo_until(made.at)}

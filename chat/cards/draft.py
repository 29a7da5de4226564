"""The verifying card: all that will be confirmed and paid, what is still missing asked in place, one strong button.

One press keeps what was typed and pays, if it comes to what the button said; else the card shows what it comes to now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.cards import Card, Reader, refusing
from chat.services.agreeing import show_draft
from core.errors import DomainError, Invalid, NotAllowed
from core.money import format_money
from orders.cart_review import CartReview
from orders.errors import CartBought, DraftOver, ReviewChanged
from orders.forms.checkout import ONCE, DetailsForm, initial_details
from orders.models import OrderDraft, Purchase
from orders.queries.cart_review import review_cart
from orders.services.checkout import choose_delivery, save_details
from orders.services.drafts import adopt_draft, confirmed_digest, withdraw_draft
from orders.services.purchase import pay, place_drafted_purchase
from orders.views.shopping import agreed_words, expected, sums
from payments.models import PaymentRequest
from payments.providers.bank import Bank
from payments.services.accounts import add_payment_account

State = OrderDraft.State


class PaymentRefused(DomainError):
    """The bank declined; the order waits as before, and another account can be chosen."""

    code = "payment_refused"
    detail = _("The bank did not pay. Nothing was charged; choose another account or try again.")


def draw_draft(draft: OrderDraft, reader: Reader) -> Card:
    """As it would be bought now; the same figures that the purchase freezes."""
    now = timezone.now()
    review = review_cart(cart=draft.cart, now=now)
    is_open = draft.state == State.OPEN and draft.expires_at > now
    asks = reader.is_shopper and is_open
    missing = not {"contact", "address", "delivery", "payment"}.isdisjoint(review.missing)
    form = _shown_form(draft, reader, review) if asks else None
    context: dict[str, Any] = {
        "draft": draft,
        "review": review,
        "sums": sums(review),
        "total": format_money(review.total, review.currency),
        "state": _("waits for you") if asks else _state_of(draft, is_open=is_open).label,
        "is_open": is_open,
        "missing": missing,
        # Goods that cannot be had have to be answered by the store; all else is asked for on the card.
        "can_pay": all(line.is_fine for line in review.lines),
        "lines": [
            {
                "line": line,
                "unit": format_money(line.unit_price, review.currency),
                "total": format_money(line.total, review.currency),
                "agreed": agreed_words(line, review.currency),
            }
            for line in review.lines
        ],
        "ways": [
            {"name": part.delivery.name, "expected": expected(part.delivery, cart=draft.cart)}
            for part in review.parts
            if part.delivery is not None
        ],
    }
    if form is not None:
        context["form"] = form.offer_countries()
        context["deliveries"] = [
            {
                "name": form.delivery_name(part),
                "errors": form.errors.get(form.delivery_name(part)),
                "wish": form[form.wish_name(part)] if part.has_service else None,
                "options": [
                    {
                        "value": choice.option_id,
                        "title": choice.name,
                        "price": format_money(choice.price, review.currency) if choice.price else "",
                        "chosen": choice is part.delivery,
                    }
                    for choice in part.choices
                    if choice.is_offered
                ],
            }
            for part in review.parts
        ]
        chosen = _sent(form, "payment", _account_of(review, form))
        context["accounts"] = [
            *(
                {"value": str(account.pk), "title": account.shown, "chosen": str(account.pk) == chosen}
                for account in form.accounts
            ),
            {"value": ONCE, "title": _("An account for this purchase only"), "chosen": chosen == ONCE},
        ]
    return Card("talk/cards/draft.html", context, has_long_form=True)


def _state_of(draft: OrderDraft, *, is_open: bool) -> State:
    return State(draft.state) if is_open or draft.state != State.OPEN else State.EXPIRED


def press_draft(draft: OrderDraft, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: pay (by the shopper, with all that is asked for), withdraw (by the store)."""
    what = sent.get("do", "")
    if not reader.is_shopper:
        if what != "withdraw":
            raise NotAllowed
        withdraw_draft(draft=draft, actor=reader.user, now=now)
        show_draft(draft_id=draft.pk, now=now)
    elif what == "pay":
        _buy(draft, reader, sent, now=now)
    else:
        raise Invalid(field="do")


def _form(draft: OrderDraft, reader: Reader, sent: QueryDict | None) -> DetailsForm:
    review = review_cart(cart=draft.cart, now=timezone.now())
    # Several composed orders stand in a conversation, each with its own fields.
    auto_id = f"id_{draft.pk}_%s"
    if sent is not None:
        return DetailsForm(sent, review=review, user=reader.user, auto_id=auto_id)
    initial = initial_details(review=review, user=reader.user)
    return DetailsForm(initial=initial, review=review, user=reader.user, auto_id=auto_id)


def _shown_form(draft: OrderDraft, reader: Reader, review: CartReview) -> DetailsForm:
    """With the delivery that is chosen in it counted: as it was sent, looked at (`asked`) or kept before."""
    form = reader.sent if isinstance(reader.sent, DetailsForm) else _form(draft, reader, None)
    for part in review.parts:
        name = form.delivery_name(part)
        wanted = _sent(form, name, reader.asked.get(name, ""))
        choice = next((each for each in part.choices if each.is_offered and str(each.option_id) == wanted), None)
        if choice is not None:
            part.count_with(choice)
    return form


def _sent(form: DetailsForm, name: str, otherwise: str) -> str:
    """What was chosen in a form that comes back."""
    return str(form.data.get(name, "")) if form.is_bound else otherwise


def _account_of(review: CartReview, form: DetailsForm) -> str:
    """The one that was chosen, else the person's own that is used first."""
    if review.account is not None:
        return str(review.account.pk) if review.account.user_id else ONCE
    return str(form.accounts[0].pk) if form.accounts else ONCE


def _keep(draft: OrderDraft, reader: Reader, sent: QueryDict, *, now: datetime) -> str:
    """Keep who, where to, from which account, and give the digest of what is bought. A refusal loses nothing of it.

    Refused besides when it does not come to what the shopper was shown: then the card shows what it comes to now.
    """
    _check_open(draft, now=now)
    if reader.user is not None:
        adopt_draft(draft=draft, user=reader.user)
    elif draft.cart.user_id is not None:
        raise NotAllowed
    form = _form(draft, reader, sent)
    with refusing(form):
        account = form.account()
        if account is None:
            token, holder = form.cleaned_data["token"], form.cleaned_data["recipient"]
            account = add_payment_account(
                user=None, provider=Bank.name, details={"token": token, "holder": holder}, now=now
            )
        try:
            save_details(cart=draft.cart, details=form.details(), account=account, now=now)
            choose_delivery(cart=draft.cart, choices=form.deliveries(), wishes=form.wishes())
        except CartBought:
            # In another tab meanwhile: that purchase is found below.
            return ""
        draft.cart.refresh_from_db()
        shown, total = sent.get("digest", ""), sent.get("total", "")
        try:
            return confirmed_digest(cart=draft.cart, shown=shown, total=total, now=now)
        except ReviewChanged as changed:
            raise _changed(changed) from changed


def _changed(refusal: ReviewChanged) -> Invalid:
    return Invalid(" ".join([str(refusal.detail), *(str(change) for change in refusal.changes)]))


def _buy(draft: OrderDraft, reader: Reader, sent: QueryDict, *, now: datetime) -> None:
    """Exactly what the card showed. Pressed again it finds the same purchase and asks the bank no second time."""
    if draft.cart.user_id is not None and (reader.user is None or reader.user.pk != draft.cart.user_id):
        raise NotAllowed
    digest = _keep(draft, reader, sent, now=now) if draft.purchase is None else ""
    try:
        purchase = place_drafted_purchase(draft=draft, digest=digest, language=get_language() or "en", now=now)
    except ReviewChanged as changed:
        raise _changed(changed) from changed
    try:
        _ask_the_bank(purchase, now=now)
    finally:
        draft.purchase = purchase
        show_draft(draft_id=draft.pk, now=now)


def _ask_the_bank(purchase: Purchase, *, now: datetime) -> None:
    asked = pay(purchase=purchase, now=now)
    if asked is not None and asked.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED):
        raise PaymentRefused


def _check_open(draft: OrderDraft, *, now: datetime) -> None:
    if draft.state != State.OPEN or draft.expires_at <= now:
        raise DraftOver(state=draft.state)

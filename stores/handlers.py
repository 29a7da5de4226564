"""What stores do when something happened in a union, and what follows from their own events."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from core.outbox import handles
from stores import tasks
from stores.events import FILE_ASKED, PURCHASE_ORDER_SENT, STAFF_INVITED, STAFF_JOINED, STOCK_LOW, WORDS_CHANGED
from stores.models import LowStock, Product, PurchaseOrder, StaffInvitation, Store, StoreStaff
from stores.queries.supply import lines_of
from stores.queries.team import told_of
from stores.services.forgetting import forget_reviewer
from stores.services.opening import open_store
from stores.services.search import index_products
from stores.services.team import invitation_token
from unions.events import MEMBERSHIP_CHANGED, PERSON_ERASED
from unions.models import Membership

AT_ONCE = 500


@handles(MEMBERSHIP_CHANGED)
def open_first_store(*, membership_id: int, to_state: str, **_: Any) -> None:
    """An approved enterprise gets its first store, unpublished; a released and approved one has its stores already."""
    if to_state != Membership.State.ACTIVE:
        return
    membership = Membership.objects.select_for_update(no_key=True).get(pk=membership_id)
    if membership.state != Membership.State.ACTIVE or Store.objects.filter(membership=membership).exists():
        return
    name = membership.store_name or membership.enterprise.name
    open_store(membership=membership, name=name, actor=None, now=timezone.now())


@handles(WORDS_CHANGED)
def index_anew(*, store_id: int | None = None, category_id: int | None = None, **_: Any) -> None:
    """The name of a store or category stands in the search index of its products."""
    goods = Product.objects.filter(store=store_id) if store_id else Product.objects.filter(category=category_id)
    keys = list(goods.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        index_products(product_ids=keys[start : start + AT_ONCE])


@handles(STAFF_INVITED)
def mail_invitation(*, invitation_id: int, **_: Any) -> None:
    """Send the signed link to the person who was invited; a withdrawn invitation is not sent."""
    invitation = (
        StaffInvitation.objects.select_related("store__union", "invited_by")
        .filter(pk=invitation_id, accepted_at=None, declined_at=None)
        .first()
    )
    if invitation is None:
        return
    path = reverse("manage:invitation", kwargs={"token": invitation_token(invitation=invitation)})
    context = {"invitation": invitation, "store": invitation.store, "link": settings.SITE_ADDRESS + path}
    known = User.objects.filter(email=invitation.email).values_list("language", flat=True).first()
    _send("staff_invited", context, to=invitation.email, language=known or invitation.language)


@handles(STAFF_JOINED)
def mail_welcome(*, store_id: int, user_id: int, **_: Any) -> None:
    """Tell a person that a store's management pages are open to them now."""
    store = Store.objects.select_related("union").get(pk=store_id)
    user = User.objects.get(pk=user_id)
    path = reverse("manage:dashboard", kwargs={"union": store.union.slug, "store": store.slug})
    context = {"store": store, "user": user, "link": settings.SITE_ADDRESS + path}
    _send("staff_joined", context, to=user.email, language=user.language or store.union.default_language)


@handles(STOCK_LOW)
def mail_low_stock(*, store_id: int, notice_ids: list[int], **_: Any) -> None:
    """One mail to everybody who may change the stock, with all that ran low at once and is still low."""
    store = Store.objects.select_related("union", "membership").get(pk=store_id)
    notices = list(
        LowStock.objects.filter(union=store.union_id, store=store, pk__in=notice_ids, over_at=None)
        .select_related("variant__product", "variant__stock")
        .order_by("variant__product__title", "variant_id")
    )
    if not notices:
        return
    path = reverse("manage:reserve", kwargs={"union": store.union.slug, "store": store.slug})
    context = {"store": store, "notices": notices, "link": settings.SITE_ADDRESS + path}
    for user in told_of(store, StoreStaff.Permission.STOCK):
        _send("stock_low", context, to=user.email, language=user.language or store.union.default_language)


@handles(PURCHASE_ORDER_SENT)
def mail_purchase_order(*, purchase_order_id: int, **_: Any) -> None:
    """The order to the supplier, where there is an address; answers go to the store."""
    order = PurchaseOrder.objects.select_related("store__union", "supplier").get(pk=purchase_order_id)
    if not order.supplier.email or order.state not in PurchaseOrder.OPEN:
        return
    context = {"order": order, "store": order.store, "lines": list(lines_of(order))}
    with translation.override(order.store.union.default_language):
        subject = render_to_string("mail/stores/purchase_order_subject.txt", context).strip()
        words = render_to_string("mail/stores/purchase_order.txt", context)
        answers = [order.store.email] if order.store.email else None
        EmailMessage(subject, words, None, [order.supplier.email], reply_to=answers).send()


@handles(FILE_ASKED)
def move_file(*, run_id: int, **_: Any) -> None:
    """A worker makes the file or takes it in."""
    tasks.move_file.delay(run_id)


def _send(template: str, context: dict[str, Any], *, to: str, language: str) -> None:
    with translation.override(language or settings.LANGUAGE_CODE):
        subject = render_to_string(f"mail/stores/{template}_subject.txt", context).strip()
        send_mail(subject, render_to_string(f"mail/stores/{template}.txt", context), None, [to])


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """Somebody is nobody any more."""
    forget_reviewer(user_id=user_id)

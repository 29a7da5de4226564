"""An order that a store composed for a shopper, or that an agreed price became: to be looked at, confirmed and paid."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.cart import Cart
from orders.models.purchase import Purchase
from stores.models import Store
from unions.models import Union


class OrderDraft(models.Model):
    """open, ordered; withdrawn, expired.

    Its lines are those of `cart`, which is nobody's open cart and is bought as any other. Their stock is held until it
    expires. `conversation` is a reference of whoever shows it in a conversation; nothing here reads it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waits for the shopper")
        ORDERED = "ordered", _("ordered")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="drafts")
    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="draft")
    purchase = models.ForeignKey(Purchase, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts")
    number = models.CharField(_("number"), max_length=24)
    key = models.CharField(max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    note = models.CharField(_("note"), max_length=500, blank=True)
    conversation = models.CharField(_("conversation"), max_length=64, blank=True)
    composed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(_("made"))
    changed_at = models.DateTimeField(_("last change"))
    expires_at = models.DateTimeField(_("valid until"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("composed order")
        verbose_name_plural = _("composed orders")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="order_draft_number"),
            models.UniqueConstraint(fields=["union", "key"], condition=~Q(key=""), name="order_draft_key_once"),
            models.CheckConstraint(
                condition=Q(state="ordered", purchase__isnull=False) | (~Q(state="ordered") & Q(purchase__isnull=True)),
                name="order_draft_ordered_by_a_purchase",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation"], condition=~Q(conversation=""), name="order_draft_conversation"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="order_draft_to_expire"),
        ]

    def __str__(self) -> str:
        return self.number

"""One cart per union across its stores, and what the shopper has said so far about delivery and payment."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from payments.models import PaymentAccount
from stores.models import DeliveryOption, Store, UrgentSale, Variant
from unions.models import Union


class Cart(models.Model):
    """Open until it is bought. A guest's cart is found by the token in a signed cookie."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        BOUGHT = "bought", _("bought")
        MERGED = "merged", _("merged into another")
        DRAFT = "draft", _("composed by a store")
        CLOSED = "closed", _("composed and never bought")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="carts"
    )
    token = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    email = models.EmailField(_("e-mail address"), blank=True)
    recipient = models.CharField(_("recipient"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("building, floor"), max_length=200, blank=True)
    city = models.CharField(_("town or city"), max_length=120, blank=True)
    region = models.CharField(_("county or province"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    note = models.TextField(_("a word to the stores"), blank=True)
    payment_account = models.ForeignKey(
        PaymentAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["union", "user"], condition=Q(state="open"), name="cart_one_open_per_user")
        ]
        indexes = [models.Index(fields=["touched_at"], condition=Q(state="open"), name="cart_idle")]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLine(models.Model):
    """A variant in a cart. `seen_price` is the price the shopper last saw: a different one is shown as a change.

    With a `proposal` it is what was agreed there: its price, its quantity, its variant or its words. With an `urgent`
    sale its pieces are claimed there and cost that price as long as they are.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.CASCADE, related_name="+")
    proposal = models.ForeignKey(
        "orders.PriceProposal", null=True, blank=True, on_delete=models.CASCADE, related_name="cart_lines"
    )
    urgent = models.ForeignKey(UrgentSale, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    seen_price = models.PositiveBigIntegerField()
    added_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], condition=Q(proposal=None), name="cart_line_once"),
            models.UniqueConstraint(
                fields=["cart", "proposal"], condition=~Q(proposal=None), name="cart_line_proposal_once"
            ),
            models.CheckConstraint(
                condition=Q(variant__isnull=False) | Q(proposal__isnull=False), name="cart_line_of_goods_or_words"
            ),
            models.CheckConstraint(
                condition=Q(urgent__isnull=True) | Q(proposal__isnull=True), name="cart_line_one_special_price"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_of_something"),
            models.CheckConstraint(condition=Q(quantity__lte=999), name="cart_line_quantity_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class StoreDelivery(models.Model):
    """The delivery option chosen for one store's part of a cart, and when the shopper would like its services."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="deliveries")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    option = models.ForeignKey(DeliveryOption, on_delete=models.CASCADE, related_name="+")
    wish = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cart", "store"], name="store_delivery_once")]

    def __str__(self) -> str:
        return f"{self.store_id}: {self.option_id}"

"""One store's part of a purchase, with its own states, deadline and delivery."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.purchase import Purchase
from stores.models import DeliveryOption, Store, UrgentSale, Variant
from unions.models import Membership, Union


class Order(models.Model):
    """placed, paid, accepted, packed, shipped, delivered, completed; cancelled. Money is frozen at sale.

    `given_back` is the sum of its credit notes: what the shopper has a right to while the order goes on. The rest of
    a cancelled order goes back without one.
    """

    class State(models.TextChoices):
        PLACED = "placed", _("placed")
        PAID = "paid", _("paid")
        ACCEPTED = "accepted", _("accepted")
        PACKED = "packed", _("packed")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    NOT_SOLD = (State.PLACED, State.CANCELLED)
    WAITING = (State.PAID, State.ACCEPTED, State.PACKED)
    """Something is to be done by the store before all of it has left."""
    UNDER_WAY = (State.PLACED, *WAITING, State.SHIPPED)
    """Neither arrived nor cancelled."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="orders")
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="orders")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="orders")
    number = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLACED)
    currency = models.CharField(_("currency"), max_length=3)
    goods_total = models.BigIntegerField(_("goods"))
    delivery_total = models.BigIntegerField(_("delivery"), default=0)
    tax_total = models.BigIntegerField(_("tax included"), default=0)
    total = models.BigIntegerField(_("total"))
    given_back = models.BigIntegerField(_("given back"), default=0, db_default=0)
    commission_bp = models.PositiveIntegerField(_("commission in basis points"), default=0)
    commission_tax_bp = models.PositiveIntegerField(_("tax on commission in basis points"), default=0)
    delivery_kind = models.CharField(_("delivery kind"), max_length=8, choices=DeliveryOption.Kind.choices)
    delivery_name = models.CharField(_("delivery"), max_length=80, blank=True)
    delivery_tax_bp = models.PositiveIntegerField(default=0)
    deadline = models.DateTimeField(_("to be delivered by"), null=True, blank=True)
    wish = models.CharField(_("day and time wished for"), max_length=200, blank=True, default="", db_default="")
    cancel_reason = models.CharField(_("why it was cancelled"), max_length=200, blank=True)
    placed_at = models.DateTimeField(_("placed"))
    changed_at = models.DateTimeField(_("last change"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    # The enterprise as it was at the sale, for the receipt; empty where that is not known, as on imported orders.
    seller_name = models.CharField(_("sold by"), max_length=160, blank=True, default="", db_default="")
    seller_address = models.CharField(_("its address"), max_length=250, blank=True, default="", db_default="")
    seller_registration = models.CharField(
        _("its registration number"), max_length=40, blank=True, default="", db_default=""
    )
    seller_tax_number = models.CharField(_("its tax number"), max_length=40, blank=True, default="", db_default="")

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="order_number"),
            models.UniqueConstraint(fields=["purchase", "store"], name="order_one_per_store"),
            models.CheckConstraint(
                condition=Q(total=F("goods_total") + F("delivery_total")), name="order_total_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(given_back__gte=0, given_back__lte=F("total")) | Q(given_back=0),
                name="order_gives_back_no_more_than_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "deadline"], name="order_work_list"),
            models.Index(fields=["store", "-placed_at"], name="order_by_store"),
            models.Index(fields=["union", "-placed_at"], name="order_by_union"),
            models.Index(fields=["delivered_at"], condition=Q(state="delivered"), name="order_to_complete"),
            models.Index(
                fields=["union", "state", "deadline"],
                condition=Q(state__in=["paid", "accepted", "packed"]),
                name="order_waiting_in_union",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def kept_total(self) -> int:
        """What it still comes to."""
        return self.total - self.given_back


class OrderLine(models.Model):
    """What was bought, frozen: title, price and tax as they were. `total` = quantity × unit price, tax included.

    Of its `quantity` pieces some may have been called off before they left (`cancelled`), some may have come back
    (`returned`); a line never changes otherwise.
    """

    class Kind(models.TextChoices):
        GOODS = "goods", _("goods")
        FEE = "fee", _("fee")
        VOUCHER = "voucher", _("voucher")
        DISCOUNT = "discount", _("discount")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    urgent = models.ForeignKey(UrgentSale, null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.GOODS)
    sku = models.CharField(_("stock keeping unit"), max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=200)
    options = models.CharField(_("options"), max_length=200, blank=True)
    cover = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.BigIntegerField(_("unit price"))
    tax_bp = models.PositiveIntegerField(_("tax in basis points"), default=0)
    tax = models.BigIntegerField(_("tax included"), default=0)
    total = models.BigIntegerField(_("total"))
    cancelled = models.PositiveIntegerField(_("pieces called off"), default=0, db_default=0)
    returned = models.PositiveIntegerField(_("pieces that came back"), default=0, db_default=0)
    # Agreed with the shopper after the sale; the order's frozen totals know nothing of it, its credit note does.
    instead_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("instead of")
    )

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled__lte=F("quantity") - F("returned")), name="order_line_no_more_than_bought"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_of_something"),
            models.CheckConstraint(condition=Q(total=F("quantity") * F("unit_price")), name="order_line_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def kept(self) -> int:
        """Pieces that are still sold: neither called off nor returned."""
        return self.quantity - self.cancelled - self.returned


class OrderChange(models.Model):
    """One step of an order: from where to where, who, when, with which words."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=Order.State.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"

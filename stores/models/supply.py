"""From whom a store gets its goods, and what it ordered from them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Variant
from stores.models.store import Store
from unions.models import Union


class Supplier(models.Model):
    """Who delivers goods to a store; without a store it supplies the whole union, and its office looks after it."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="suppliers")
    ref = models.CharField(max_length=24, editable=False)
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("whom to ask for"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    address = models.TextField(_("address"), blank=True)
    customer_number = models.CharField(_("our number there"), max_length=40, blank=True)
    terms = models.TextField(_("terms"), blank=True, help_text=_("Payment, freight, minimum order and the like."))
    lead_days = models.PositiveSmallIntegerField(_("days until goods arrive"), default=7)
    is_active = models.BooleanField(_("we order there"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="supplier_ref"),
            models.UniqueConstraint(
                fields=["union", "store", "name"],
                name="supplier_name_once",
                nulls_distinct=False,
                violation_error_message=_("There is a supplier of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SupplierGood(models.Model):
    """What a variant costs at a supplier, per piece, in minor units of the union's currency, and how it is packed."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="goods")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="supplied")
    code = models.CharField(_("number there"), max_length=64, blank=True)
    price = models.PositiveBigIntegerField(_("price of a piece there"))
    pack_size = models.PositiveIntegerField(_("pieces in a pack"), default=1)
    minimum = models.PositiveIntegerField(_("least order in pieces"), default=1)
    is_preferred = models.BooleanField(_("order it here first"), default=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("good of a supplier")
        verbose_name_plural = _("goods of suppliers")
        constraints = [
            models.UniqueConstraint(fields=["supplier", "variant"], name="supplier_good_once"),
            models.UniqueConstraint(
                fields=["variant"], condition=Q(is_preferred=True), name="supplier_good_one_preferred"
            ),
            models.CheckConstraint(condition=Q(pack_size__gt=0, minimum__gt=0), name="supplier_good_of_something"),
        ]

    def __str__(self) -> str:
        return self.code or str(self.variant_id)


class PurchaseOrder(models.Model):
    """What a store orders from a supplier. Prices are frozen on its lines."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENT = "sent", _("ordered")
        PARTLY_RECEIVED = "partly_received", _("partly received")
        RECEIVED = "received", _("received")
        CANCELLED = "cancelled", _("called off")

    OPEN = (State.SENT, State.PARTLY_RECEIVED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="purchase_orders")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="purchase_orders")
    number = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.DRAFT)
    note = models.CharField(_("note"), max_length=400, blank=True)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("begun"))
    sent_at = models.DateTimeField(_("ordered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="purchase_order_number"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(sent_at__isnull=False), name="purchase_order_sent_at"
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="purchase_order_by_store")]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """So many pieces of a variant; `received` grows by conditional updates of receipts only."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("number there"), max_length=64, blank=True)
    quantity = models.PositiveIntegerField(_("ordered pieces"))
    received = models.PositiveIntegerField(_("received pieces"), default=0)
    unit_price = models.PositiveBigIntegerField(_("price of a piece there"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "variant"], name="purchase_order_variant_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_order_line_of_something"),
            models.CheckConstraint(
                condition=Q(received__lte=F("quantity")),
                name="purchase_order_line_never_over",
                violation_error_code="more_than_ordered",
            ),
        ]
        indexes = [
            models.Index(fields=["variant"], condition=Q(received__lt=F("quantity")), name="purchase_order_line_open")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.received}/{self.quantity}"

    @property
    def rest(self) -> int:
        """How many pieces are still to come."""
        return self.quantity - self.received

    @property
    def total(self) -> int:
        """What the whole line costs, in minor units."""
        return self.quantity * self.unit_price

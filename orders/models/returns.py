"""Goods that come back: asked for, decided on, received and refunded; or history, brought by imports."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.bills import Bill
from orders.models.credits import CreditNote
from orders.models.order import Order, OrderLine
from orders.models.sides import Side
from stores.models import Store, Variant
from unions.models import Union


class Return(models.Model):
    """requested, approved, received, refunded; declined, cancelled. `order` is empty when the sale is not known.

    `total` is what its pieces cost while it is open, and what went back once it is refunded. `answer` is the store's
    word to the shopper. Imported ones have no steps.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        APPROVED = "approved", _("approved")
        RECEIVED = "received", _("received")
        REFUNDED = "refunded", _("refunded")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")

    class Wish(models.TextChoices):
        REFUND = "refund", _("the money back")
        EXCHANGE = "exchange", _("something else instead")

    OPEN = (State.REQUESTED, State.APPROVED)
    """Its pieces are still with the shopper, and can be in no other return."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="returns")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="returns")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="returns")
    number = models.CharField(_("number"), max_length=24)
    external_id = models.CharField(_("number elsewhere"), max_length=80, blank=True)
    customer_reference = models.CharField(_("customer"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("refunded amount"))
    requested_at = models.DateTimeField(_("requested"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    wish = models.CharField(
        _("wished for"), max_length=8, choices=Wish.choices, default=Wish.REFUND, db_default=Wish.REFUND
    )
    side = models.CharField(
        _("asked by"), max_length=8, choices=Side.choices, default=Side.CUSTOMER, db_default=Side.CUSTOMER
    )
    answer = models.CharField(_("the store's answer"), max_length=500, blank=True, default="", db_default="")
    photo = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    credit = models.OneToOneField(
        CreditNote, null=True, blank=True, on_delete=models.PROTECT, related_name="returned", verbose_name=_("refund")
    )
    # What was sent instead, how much of the pieces' price pays for it, and the bill over what it costs more.
    replacement = models.OneToOneField(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaces",
        verbose_name=_("sent instead"),
    )
    exchanged = models.PositiveBigIntegerField(_("kept for what was sent instead"), default=0, db_default=0)
    bill = models.OneToOneField(
        Bill,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="exchange",
        verbose_name=_("bill over the difference"),
    )
    undone_at = models.DateTimeField(_("exchange undone"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="return_number"),
            models.UniqueConstraint(
                fields=["union", "external_id"], condition=~Q(external_id=""), name="return_external_id"
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="return_by_store")]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Pieces of one line that came back."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="return_lines"
    )
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=OrderLine.Kind.choices, default=OrderLine.Kind.GOODS)
    sku = models.CharField(_("stock keeping unit"), max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.BigIntegerField(_("unit price"))
    total = models.BigIntegerField(_("total"))
    restocked = models.PositiveIntegerField(_("laid back in"), default=0, db_default=0)
    written_off = models.PositiveIntegerField(_("written off"), default=0, db_default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(restocked__lte=F("quantity") - F("written_off")), name="return_line_received"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_of_something"),
            models.CheckConstraint(condition=Q(total=F("quantity") * F("unit_price")), name="return_line_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def received(self) -> int:
        """Pieces that really came."""
        return self.restocked + self.written_off


class ReturnStep(models.Model):
    """One step of a return: from where to where, who, when, with which words."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="steps")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=Return.State.choices)
    side = models.CharField(max_length=8, choices=Side.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ReturnRule(models.Model):
    """For how many days after delivery shoppers can ask to give something back: in a union, or longer at a store."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="return_rules")
    store = models.OneToOneField(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="return_rule", verbose_name=_("store")
    )
    days = models.PositiveSmallIntegerField(_("days after delivery"), default=14, validators=[MaxValueValidator(365)])
    words = models.CharField(
        _("where to and how"), max_length=500, blank=True, help_text=_("Shoppers read it when you have said yes.")
    )

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("rule for returns")
        verbose_name_plural = _("rules for returns")
        constraints = [
            models.UniqueConstraint(fields=["union"], condition=Q(store=None), name="return_rule_one_per_union"),
            models.CheckConstraint(condition=Q(days__lte=365), name="return_rule_days"),
        ]

    def __str__(self) -> str:
        return str(self.days)

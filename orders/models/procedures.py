"""How a store walks its orders from payment to the end: the steps, who does them and by when, and for which orders."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order
from stores.models import Category, Product, Store, StoreStaff
from unions.models import Union


class Procedure(models.Model):
    """A sales procedure of a store, or (without a store) a template of the union that its stores copy.

    Its steps are in its versions: one is `current`, the newest that was published; one at most is a draft.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="procedures")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="procedures")
    ref = models.CharField(_("reference"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    source = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    retired_at = models.DateTimeField(_("no longer used"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("sales procedure")
        verbose_name_plural = _("sales procedures")
        constraints = [models.UniqueConstraint(fields=["union", "ref"], name="procedure_ref")]
        indexes = [models.Index(fields=["store", "name"], name="procedure_by_store")]

    def __str__(self) -> str:
        return self.name


class ProcedureVersion(models.Model):
    """The steps as they were at a time. Once published it never changes (a trigger sees to it): orders walk by it."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version of a procedure")
        verbose_name_plural = _("versions of procedures")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedure_version_number"),
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(published_at=None), name="procedure_version_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id}/{self.number}"


class ProcedureStep(models.Model):
    """One step of a version: what, who, by when after what, what it tells the shopper, what it moves.

    `key` is the same in all versions, so that figures can follow a step. `due_count` units after `due_from`: the
    payment (`paid`), the end of the step before (`previous`) or of the earlier step `due_key` (`step`), or before the
    order's deadline (`deadline`); without a count nothing is due. `promise` is what the shopper reads.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", _("confirm the order")
        TAKE_DEPOSIT = "take_deposit", _("take a deposit")
        PICK = "pick", _("pick the goods")
        PACK = "pack", _("pack")
        QUALITY_CHECK = "quality_check", _("check the quality")
        DELIVER = "deliver", _("deliver")
        INSTALL = "install", _("install")
        SIGNATURE = "signature", _("get a signature")
        CALL_BACK = "call_back", _("call back")
        OWN = "own", _("a step of our own")

    class Move(models.TextChoices):
        NOTHING = "", _("nothing")
        ACCEPT = "accept", _("accepts the order")
        PACK = "pack", _("makes it packed")
        SEND = "send", _("sends it, or hands it over at the counter")
        DELIVER = "deliver", _("makes it delivered")

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        DAYS = "days", _("days")
        WORKING_DAYS = "working_days", _("working days")

    class From(models.TextChoices):
        PAID = "paid", _("after the payment")
        PREVIOUS = "previous", _("after the step before it")
        STEP = "step", _("after an earlier step")
        DEADLINE = "deadline", _("before the order's deadline")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.CharField(max_length=16)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.OWN)
    title = models.CharField(_("title"), max_length=80)
    promise = models.CharField(_("what the shopper reads"), max_length=160, blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    tells = models.BooleanField(_("tell the shopper by mail when it is done"), default=False)
    permission = models.CharField(
        _("who does it"),
        max_length=12,
        choices=StoreStaff.Permission.choices,
        default=StoreStaff.Permission.ORDERS,
        help_text=_("Whoever may do this in the store."),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("usually this person"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    due_count = models.PositiveSmallIntegerField(_("how many"), null=True, blank=True)
    due_unit = models.CharField(_("of what"), max_length=12, choices=Unit.choices, default=Unit.HOURS)
    due_from = models.CharField(_("counted"), max_length=8, choices=From.choices, default=From.PREVIOUS)
    due_key = models.CharField(max_length=16, blank=True)
    checklist = ArrayField(models.CharField(max_length=120), verbose_name=_("checklist"), default=list, blank=True)
    moves = models.CharField(
        _("what it does to the order"), max_length=8, choices=Move.choices, default=Move.NOTHING, blank=True
    )
    deposit = models.PositiveBigIntegerField(_("deposit in minor units"), null=True, blank=True)
    may_be_skipped = models.BooleanField(_("may be skipped"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position"]
        verbose_name = _("step of a procedure")
        verbose_name_plural = _("steps of procedures")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="procedure_step_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "key"], name="procedure_step_key"),
            models.CheckConstraint(
                condition=Q(kind="take_deposit", deposit__gt=0) | ~Q(kind="take_deposit") & Q(deposit=None),
                name="procedure_step_deposit",
            ),
            models.CheckConstraint(
                condition=Q(due_from="step") & ~Q(due_key="") | ~Q(due_from="step") & Q(due_key=""),
                name="procedure_step_due_after_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProcedureAssignment(models.Model):
    """Which orders of a store walk by a procedure: one order, those with a product, those with goods of a category,
    or (naming none of them) all. The most specific wins.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="procedure_assignments")
    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="assignments")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("use of a procedure")
        verbose_name_plural = _("uses of procedures")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "category", "product", "order"],
                name="procedure_assignment_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(category=None, product=None) | Q(category=None, order=None) | Q(product=None, order=None),
                name="procedure_assignment_to_one",
            ),
        ]
        indexes = [models.Index(F("order"), condition=Q(order__isnull=False), name="procedure_of_order")]

    def __str__(self) -> str:
        return f"{self.procedure_id} → {self.order_id or self.product_id or self.category_id or self.store_id}"

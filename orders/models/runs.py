"""An order on its way through a procedure, and what was learned from those that went through."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.bills import Bill
from orders.models.order import Order
from orders.models.procedures import Procedure, ProcedureStep, ProcedureVersion
from stores.models import Store
from unions.models import Union


class OrderRun(models.Model):
    """One order walks by one version, whatever is published later. `replaced_at`: the store chose another way."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="runs")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(_("started"))
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("order on its way")
        verbose_name_plural = _("orders on their way")
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(replaced_at=None), name="order_run_one"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} by {self.version_id}"


class RunStep(models.Model):
    """A step of an order: blocked until its turn, open, then done or skipped; called off with the order.

    `due_at` is planned for all at the start and again whenever one is closed. `ready_at` is when its turn came, so
    `closed_at - ready_at` is the time that the order lay here. What was ticked are places in the step's checklist.

    A `signature` is drawn anew, by who `signed_by` names; a step that gets one is done only with that name, which a
    trigger sees to: whether it gets one says the procedure's step, and the name goes when its person is erased.
    """

    class State(models.TextChoices):
        BLOCKED = "blocked", _("not yet")
        OPEN = "open", _("to do")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")
        CALLED_OFF = "called_off", _("called off")

    WAITING = (State.BLOCKED, State.OPEN)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(OrderRun, on_delete=models.CASCADE, related_name="steps")
    step = models.ForeignKey(ProcedureStep, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.BLOCKED)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    ready_at = models.DateTimeField(_("its turn since"), null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    ticked = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=120, blank=True)
    signature = models.BinaryField(null=True, blank=True, editable=False)
    bill = models.OneToOneField(Bill, null=True, blank=True, on_delete=models.PROTECT, related_name="run_step")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    told_late_at = models.DateTimeField(null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position"]
        verbose_name = _("step of an order")
        verbose_name_plural = _("steps of orders")
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_step_position"),
            models.CheckConstraint(
                condition=Q(state__in=["blocked", "open"], closed_at=None)
                | Q(state__in=["done", "skipped", "called_off"], closed_at__isnull=False),
                name="run_step_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(ready_at__isnull=False), name="run_step_open_is_ready"
            ),
            models.CheckConstraint(condition=~Q(state="skipped") | ~Q(note=""), name="run_step_skipped_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["store", "due_at"], condition=Q(state="open"), name="run_step_work"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="open", told_late_at=None, due_at__isnull=False),
                name="run_step_to_tell",
            ),
            models.Index(
                fields=["id"], condition=Q(counted_at=None, state__in=["done", "skipped"]), name="run_step_to_count"
            ),
            models.Index(F("assignee"), condition=Q(state="open"), name="run_step_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"


class StepFigure(models.Model):
    """How many orders lay how long at a step: one row per day (of the union's calendar) and span of waiting.

    Kept by a worker that counts every closed step once; `span` is a place in SPANS: waited less than so many seconds,
    the last place (one more than there are bounds) being everything longer.
    """

    SPANS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 259200, 432000, 604800, 1209600)

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=16)
    day = models.DateField(_("day"))
    span = models.PositiveSmallIntegerField()
    closed = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("figure of a step")
        verbose_name_plural = _("figures of steps")
        constraints = [
            models.UniqueConstraint(fields=["store", "procedure", "key", "day", "span"], name="step_figure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.day} {self.closed}"

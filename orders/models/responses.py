"""What customers ask, complain about, want to give back or say in public, and all that happened to it since."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order
from stores.models import Product, Review, Store
from unions.models import Union


class Voice(models.TextChoices):
    """Who speaks in a response; the clock and rules speak as nobody."""

    CUSTOMER = "customer", _("shopper")
    STORE = "store", _("store")
    UNION = "union", _("union")
    NOBODY = "", _("by itself")


class CustomerResponse(models.Model):
    """received, in_progress, escalated, resolved, closed; reopened.

    About an order, a product, or else the store itself; one of kind `review` stands for a public review, which the
    store answers in public. `due_at` is when the store has to have spoken; while the shopper's word is awaited it is
    empty, and `left` keeps the time that was left. `promised_at` is the first of these times, which stays. `token`
    opens its page to a guest.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        COMPLAINT = "complaint", _("complaint")
        RETURN_WISH = "return_wish", _("wish to give back")
        REVIEW = "review", _("review")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        IN_PROGRESS = "in_progress", _("in progress")
        ESCALATED = "escalated", _("at the union")
        RESOLVED = "resolved", _("resolved")
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("reopened")

    OPEN = (State.RECEIVED, State.IN_PROGRESS, State.ESCALATED, State.REOPENED)
    SETTLED = (State.RESOLVED, State.CLOSED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="responses")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="responses")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="responses")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="responses")
    number = models.CharField(_("number"), max_length=24)
    token = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=80, blank=True, help_text=_("Of the request that made it: it makes one only."))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECEIVED)
    words = models.TextField(_("words"), max_length=4000, blank=True)
    pictures = ArrayField(models.CharField(max_length=40), default=list, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="responses"
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    # The network address of the day, as a keyed hash: names can be invented by the dozen, addresses less easily.
    origin = models.CharField(max_length=64, blank=True, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    conversation = models.CharField(_("conversation"), max_length=64, blank=True, editable=False)
    promised_at = models.DateTimeField(_("promised by"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("to be answered by"), null=True, blank=True)
    left = models.DurationField(_("time left"), null=True, blank=True, editable=False)
    escalated_at = models.DateTimeField(_("came to the union"), null=True, blank=True)
    escalated_by = models.CharField(_("brought by"), max_length=8, choices=Voice.choices, blank=True)
    first_answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True, blank=True)
    satisfaction_words = models.CharField(_("words with it"), max_length=500, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True, editable=False)
    made_at = models.DateTimeField(_("made"))
    changed_at = models.DateTimeField(_("last change"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("customer response")
        verbose_name_plural = _("customer responses")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="response_number"),
            models.UniqueConstraint(fields=["union", "key"], condition=~Q(key=""), name="response_key_once"),
            models.UniqueConstraint(
                fields=["union", "review"], condition=Q(review__isnull=False), name="response_once_per_review"
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(product__isnull=True), name="response_about_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(kind="review", review__isnull=False) | (~Q(kind="review") & Q(review__isnull=True)),
                name="response_review_of_a_review",
            ),
            models.CheckConstraint(
                condition=~Q(kind="return_wish") | Q(order__isnull=False), name="response_gives_back_from_an_order"
            ),
            models.CheckConstraint(condition=Q(due_at__isnull=True) | Q(left__isnull=True), name="response_clock_once"),
            models.CheckConstraint(
                condition=(Q(satisfaction__isnull=True) & Q(rated_at__isnull=True))
                | (Q(satisfaction__range=(1, 5)) & Q(rated_at__isnull=False)),
                name="response_satisfaction_of_five",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "closed"], resolved_at__isnull=False, due_at__isnull=True)
                | ~Q(state__in=["resolved", "closed"]),
                name="response_resolved_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="escalated") | Q(escalated_at__isnull=False), name="response_escalated_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "due_at"], name="response_work_list"),
            models.Index(fields=["store", "-made_at"], name="response_by_store"),
            models.Index(fields=["union", "state", "-id"], name="response_by_union"),
            models.Index(fields=["user", "-id"], name="response_by_user"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="response_by_order"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["received", "in_progress", "reopened"]),
                name="response_to_escalate",
            ),
            models.Index(fields=["resolved_at"], condition=Q(state="resolved"), name="response_to_close"),
            models.Index(fields=["origin", "made_at"], condition=~Q(origin=""), name="response_by_origin"),
        ]

    def __str__(self) -> str:
        return self.number


class ResponseEntry(models.Model):
    """One thing that was said or done about a response. Never edited; `is_internal` is for the workers' eyes only."""

    class Step(models.TextChoices):
        ASK = "ask", _("asked")
        ANSWER = "answer", _("answered")
        WRITE = "write", _("wrote")
        NOTE = "note", _("noted")
        TAKE = "take", _("took it on")
        LET_GO = "let_go", _("let go of it")
        ESCALATE = "escalate", _("called the union")
        HAND_BACK = "hand_back", _("handed it back to the store")
        RESOLVE = "resolve", _("resolved it")
        REOPEN = "reopen", _("opened it again")
        CLOSE = "close", _("closed it")
        RATE = "rate", _("said how it was")
        TALK = "talk", _("began a conversation")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(CustomerResponse, on_delete=models.CASCADE, related_name="entries")
    step = models.CharField(max_length=10, choices=Step.choices)
    voice = models.CharField(max_length=8, choices=Voice.choices, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=CustomerResponse.State.choices)
    words = models.TextField(max_length=4000, blank=True)
    pictures = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_internal = models.BooleanField(default=False)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.step}: {self.from_state} → {self.to_state}"


class ResponseTerms(models.Model):
    """What a union asks of its stores, and what a store promises besides; of two the quicker counts.

    Hours are counted on days on which the store opens.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="response_terms")
    answer_hours = models.PositiveSmallIntegerField(_("answered within, hours"), default=24)
    escalate_hours = models.PositiveSmallIntegerField(
        _("comes to the union when late by, hours"),
        default=24,
        help_text=_("Counted by the clock."),
    )
    reopen_days = models.PositiveSmallIntegerField(_("can be opened again for, days"), default=14)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("service time")
        verbose_name_plural = _("service times")
        constraints = [
            models.UniqueConstraint(fields=["union", "store"], nulls_distinct=False, name="response_terms_once"),
            models.CheckConstraint(
                condition=Q(answer_hours__range=(1, 240), escalate_hours__range=(1, 720), reopen_days__range=(1, 90)),
                name="response_terms_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer_hours} h"

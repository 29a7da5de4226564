"""A price that a shopper and a store agree on, every step on the way to it, and what a store answers by itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.purchase import Purchase
from orders.models.sides import Side
from stores.models import Product, Store, TaxClass, Variant
from unions.models import Union


class PriceProposal(models.Model):
    """offered, countered, accepted, ordered; declined, expired.

    `price` is what the side that spoke last asks or offers for one piece. Once accepted it is the price, and the pieces
    are held under `proposal:<id>` until it expires. Without a variant it is about the words in `title`. `conversation`
    is a reference of whoever shows it in a conversation; nothing here reads it. `token` opens its page.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        COUNTERED = "countered", _("countered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        ORDERED = "ordered", _("ordered")

    OPEN = (State.OFFERED, State.COUNTERED)
    LIVE = (State.OFFERED, State.COUNTERED, State.ACCEPTED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="proposals")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="proposals")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        _("kind"), max_length=8, choices=Product.Kind.choices, default=Product.Kind.GOODS, editable=False
    )
    number = models.CharField(_("number"), max_length=24)
    token = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=80, blank=True, help_text=_("Of the request that made it: it makes one only."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    proposed_by = models.CharField(_("who spoke last"), max_length=8, choices=Side.choices)
    title = models.CharField(_("title"), max_length=200)
    options = models.CharField(_("options"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    list_price = models.PositiveBigIntegerField(_("usual price of one"), null=True, blank=True)
    price = models.PositiveBigIntegerField(_("price of one in minor units, tax included"))
    currency = models.CharField(_("currency"), max_length=3)
    rounds = models.PositiveSmallIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposals"
    )
    asker = models.CharField(max_length=80, blank=True, editable=False)
    # The network address of the day, as a keyed hash: names can be invented by the dozen, addresses less easily.
    origin = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    conversation = models.CharField(_("conversation"), max_length=64, blank=True)
    purchase = models.ForeignKey(
        Purchase, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals", editable=False
    )
    made_at = models.DateTimeField(_("made"))
    changed_at = models.DateTimeField(_("last change"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("price proposal")
        verbose_name_plural = _("price proposals")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="proposal_number"),
            models.UniqueConstraint(fields=["union", "key"], condition=~Q(key=""), name="proposal_key_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=999), name="proposal_of_something"),
            models.CheckConstraint(
                condition=Q(state="ordered", purchase__isnull=False) | (~Q(state="ordered") & Q(purchase__isnull=True)),
                name="proposal_ordered_by_a_purchase",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "-id"], name="proposal_work_list"),
            models.Index(fields=["user", "-id"], name="proposal_by_user"),
            models.Index(fields=["conversation"], condition=~Q(conversation=""), name="proposal_conversation"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["offered", "countered", "accepted"]),
                name="proposal_to_expire",
            ),
            models.Index(fields=["purchase"], condition=Q(purchase__isnull=False), name="proposal_purchase"),
            models.Index(fields=["product", "asker", "made_at"], name="proposal_rounds"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def full_title(self) -> str:
        """What it is about as it was then, with the variant's options: `Honey, 250 g`."""
        return ", ".join(part for part in (self.title, self.options) if part)

    @property
    def total(self) -> int:
        """For all of its pieces, in minor units, tax included."""
        return self.price * self.quantity


class ProposalStep(models.Model):
    """One step of a proposal: which price by whom, until when, with which words. Never edited."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    proposal = models.ForeignKey(PriceProposal, on_delete=models.CASCADE, related_name="steps")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=PriceProposal.State.choices)
    side = models.CharField(max_length=8, choices=Side.choices, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    price = models.PositiveBigIntegerField()
    expires_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ProposalRule(models.Model):
    """What a store answers to offers for a product without anybody looking. Only its staff ever see it.

    Prices are for one piece. `accept_from`: this or more is taken at once. `counter_with`: less is answered with this.
    `floor`: less is declined, and nobody who may not edit goods agrees to less. `most_rounds`: after so many answers to
    one shopper within a day a person decides.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="proposal_rules")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="proposal_rules")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=24)
    accept_from = models.PositiveBigIntegerField(_("accept from"), null=True, blank=True)
    counter_with = models.PositiveBigIntegerField(_("counter with"), null=True, blank=True)
    floor = models.PositiveBigIntegerField(_("decline below"), null=True, blank=True)
    most_rounds = models.PositiveSmallIntegerField(_("answers a day and shopper"), default=3)
    answer_minutes = models.PositiveIntegerField(_("an offer waits, in minutes"), default=24 * 60)
    hold_minutes = models.PositiveIntegerField(_("an agreed price is held, in minutes"), default=24 * 60)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["product__title", "id"]
        verbose_name = _("rule for price proposals")
        verbose_name_plural = _("rules for price proposals")
        constraints = [
            models.UniqueConstraint(fields=["union", "key"], name="proposal_rule_key"),
            models.UniqueConstraint(
                fields=["union", "product"], condition=Q(variant__isnull=True), name="proposal_rule_product_once"
            ),
            models.UniqueConstraint(
                fields=["union", "variant"], condition=Q(variant__isnull=False), name="proposal_rule_variant_once"
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(accept_from__isnull=True) | Q(accept_from__gte=F("floor")),
                name="proposal_rule_accepts_above_floor",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(counter_with__isnull=True) | Q(counter_with__gte=F("floor")),
                name="proposal_rule_counters_above_floor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}"

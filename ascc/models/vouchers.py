"""The electronic voucher, who holds it, and everything that ever happened to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from ascc.models.programs import ProgramVersion, ServiceProgram
from ascc.models.providers import ServiceProvider
from chat.models import Conversation
from orders.models import OrderLine
from stores.models import Store
from unions.models import Union

CODE_LENGTH = 10
"""Random characters of a code; a check character follows them."""
_RARE = ("transmitted", "accepted", "in_service", "performed", "assessed", "cancelled")


class Voucher(models.Model):
    """issued, active, transmitted, accepted, in_service, performed, assessed, closed; expired, cancelled.

    One per order line, piece and program. With visits left it is active again after an assessment. `owner` is who may
    use it; a guest's voucher waits for whoever proves that `email` is theirs. `provider` holds it from transmission
    on. `handing` counts who could hold it up: its signed tokens prove possession until it has left a provider again or
    belongs to somebody else. `fund` is what was set aside for it, `spent` what of that was used, both in minor units.
    """

    class State(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("of a voucher", "issued")
        ACTIVE = "active", pgettext_lazy("of a voucher", "active")
        TRANSMITTED = "transmitted", _("sent to a provider")
        ACCEPTED = "accepted", _("accepted by a provider")
        IN_SERVICE = "in_service", _("in service")
        PERFORMED = "performed", _("performed")
        ASSESSED = "assessed", _("assessed")
        CLOSED = "closed", pgettext_lazy("of a voucher", "closed")
        EXPIRED = "expired", pgettext_lazy("of a voucher", "expired")
        CANCELLED = "cancelled", pgettext_lazy("of a voucher", "cancelled")

    UNUSED = (State.ISSUED, State.ACTIVE)
    HELD = (State.TRANSMITTED, State.ACCEPTED, State.IN_SERVICE)
    OVER = (State.CLOSED, State.EXPIRED, State.CANCELLED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    program = models.ForeignKey(ServiceProgram, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    version = models.ForeignKey(ProgramVersion, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    piece = models.PositiveIntegerField(_("piece"))
    about = models.CharField(_("for"), max_length=200)
    code = models.CharField(_("code"), max_length=24)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="vouchers",
        db_index=False,
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ISSUED)
    visits = models.PositiveSmallIntegerField(_("visits"))
    used = models.PositiveSmallIntegerField(_("visits used"), default=0)
    fund = models.PositiveBigIntegerField(_("set aside for it"), default=0)
    spent = models.PositiveBigIntegerField(_("used of that"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    provider = models.ForeignKey(
        ServiceProvider, null=True, blank=True, on_delete=models.PROTECT, related_name="vouchers", db_index=False
    )
    handing = models.PositiveIntegerField(_("handing over"), db_default=1)
    serial = models.CharField(_("serial number"), max_length=80, blank=True)
    photo = models.CharField(max_length=200, blank=True)
    issued_at = models.DateTimeField(_("issued"))
    activate_until = models.DateTimeField(_("to be activated until"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    expires_at = models.DateTimeField(_("valid until"))
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.UniqueConstraint(fields=["union", "code"], name="voucher_code"),
            models.UniqueConstraint(
                fields=["union", "order_line", "piece", "program"], name="voucher_once_per_piece_and_program"
            ),
            models.CheckConstraint(condition=Q(used__lte=F("visits")), name="voucher_not_used_more_often"),
            models.CheckConstraint(condition=Q(spent__lte=F("fund")), name="voucher_not_spent_more"),
            models.CheckConstraint(
                condition=~Q(state__in=["transmitted", "accepted", "in_service"]) | Q(provider__isnull=False),
                name="voucher_held_by_a_provider",
            ),
            models.CheckConstraint(condition=Q(piece__gt=0), name="voucher_of_a_piece"),
        ]
        indexes = [
            models.Index(fields=["program", "-id"], name="voucher_by_program"),
            models.Index(fields=["version", "issued_at"], name="voucher_by_version"),
            models.Index(fields=["store", "-id"], name="voucher_by_seller"),
            # States that few are in at a time: whoever looks for them would else walk through all others.
            models.Index(fields=["state", "-id"], condition=Q(state__in=_RARE), name="voucher_by_rare_state"),
            models.Index(fields=["store", "state", "-id"], condition=Q(state__in=_RARE), name="voucher_rare_by_seller"),
            models.Index(fields=["owner", "-id"], condition=Q(owner__isnull=False), name="voucher_by_owner"),
            models.Index(fields=["email", "-id"], condition=Q(owner=None), name="voucher_by_email"),
            models.Index(fields=["provider", "-id"], condition=Q(provider__isnull=False), name="voucher_by_provider"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["issued", "active"]), name="voucher_to_expire"),
            models.Index(
                fields=["activate_until"],
                condition=Q(state="issued", activate_until__isnull=False),
                name="voucher_to_activate",
            ),
            models.Index(fields=["union", "serial"], condition=~Q(serial=""), name="voucher_by_serial"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def visits_left(self) -> int:
        return self.visits - self.used


class VoucherStep(models.Model):
    """One moment in a voucher's life: what, who, when, from where. Only added, never changed: the database sees to it.

    `from_state` and `to_state` are equal where something happened that did not move it.
    """

    class What(models.TextChoices):
        ISSUED = "issued", _("issued")
        MAILED = "mailed", _("mailed")
        ACTIVATED = "activated", _("activated")
        REMINDED = "reminded", _("reminded")
        SENT = "sent", _("sent to a provider")
        TAKEN_BACK = "taken_back", _("taken back")
        ACCEPTED = "accepted", _("accepted by the provider")
        DECLINED = "declined", _("declined by the provider")
        RETURNED = "returned", _("given back by the provider")
        APPOINTED = "appointed", _("appointment made")
        TIME_LOST = "time_lost", _("appointment fallen through")
        ON_THE_WAY = "on_the_way", _("provider on the way")
        STARTED = "started", _("work started")
        REPORTED = "reported", _("work reported")
        CONFIRMED = "confirmed", _("work confirmed")
        REDEEMED = "redeemed", _("redeemed")
        UNDONE = "undone", _("redemption undone")
        DISPUTED = "disputed", _("disputed")
        SHOWN = "shown", _("added to the dispute")
        DECIDED = "decided", _("dispute decided")
        ASSESSED = "assessed", _("assessed")
        REWARDED = "rewarded", _("incentive voucher given")
        OFFERED = "offered", _("offered to another person")
        GIVEN = "given", _("passed on to another person")
        RENEWED = "renewed", _("new QR code made")
        REDUCED = "reduced", _("reduced after a return")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("lapsed")
        CLOSED = "closed", _("closed")

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        PROVIDER = "provider", _("service provider")
        STORE = "store", _("store")
        CENTER = "center", _("service center")
        SYSTEM = "system", _("by itself")

    AT_TILL = "till"
    """The note of the step with which a till has taken it on."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="steps", db_index=False)
    what = models.CharField(_("what"), max_length=12, choices=What.choices)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=Voucher.State.choices)
    side = models.CharField(_("by"), max_length=8, choices=Side.choices, default=Side.SYSTEM)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    address = models.GenericIPAddressField(_("from where"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("step of a voucher")
        verbose_name_plural = _("steps of vouchers")
        indexes = [
            models.Index(fields=["voucher", "id"], name="voucher_timeline"),
            models.Index(fields=["actor"], condition=Q(actor__isnull=False), name="voucher_step_actor"),
        ]

    def __str__(self) -> str:
        return self.what


class Transmission(models.Model):
    """A voucher was sent to a provider: offered; accepted, declined, taken_back, lapsed. One is open at a time."""

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        TAKEN_BACK = "taken_back", _("taken back")
        LAPSED = "lapsed", _("not answered in time")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="transmissions")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.PROTECT, related_name="transmissions")
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="transmissions"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED)
    wish = models.CharField(_("what is to be done"), max_length=500, blank=True)
    reason = models.CharField(_("why it was declined"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("transmission")
        verbose_name_plural = _("transmissions")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "voucher"], condition=Q(state="offered"), name="transmission_one_open"
            )
        ]
        indexes = [models.Index(fields=["provider", "-id"], name="transmission_by_provider")]

    def __str__(self) -> str:
        return f"{self.voucher_id} → {self.provider_id}"


class VoucherGift(models.Model):
    """A voucher is offered to another person, who has to agree: a gift, or the good was sold on."""

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="gifts")
    email = models.EmailField(_("e-mail address of the other person"))
    words = models.CharField(_("a word with it"), max_length=300, blank=True)
    token = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED)
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("valid until"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["union", "voucher"], condition=Q(state="offered"), name="gift_one_open")
        ]

    def __str__(self) -> str:
        return self.email

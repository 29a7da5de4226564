"""A conversation, those who take part, and what was said in it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from stores.models import Store
from unions.models import Union

PRIORITY_OF_CODES, PRIORITY_OF_MEMBERS = 1, 2


class Conversation(models.Model):
    """waiting, active, ended, missed. Without a store it is with the union's own support.

    `last_seq` counts its messages without a gap; it moves in the statement that writes them. `mailed_seq` is the last
    answer that went to an absent shopper by mail, `called_at` when an absent manager was last woken by push. `wanted`
    is who should answer if they are there; who has a higher `priority` is served before the others.
    `beside` is another store that the shopper has asked in: its people read and speak, and do nothing else.
    The shopper is a person with an account (`customer`), a visitor of this browser, or first the one and then both.
    `network` is where they were when they began, kept for some days: a block holds it for a while.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACTIVE = "active", pgettext_lazy("of a conversation", "active")
        ENDED = "ended", _("ended")
        MISSED = "missed", _("missed")

    class Origin(models.TextChoices):
        SHOPPER = "shopper", _("the shopper asked")
        INVITATION = "invitation", _("an invitation")
        CODE = "code", _("a code")
        MANAGER = "manager", _("the store wrote")
        ROOM = "room", _("a room around an item")

    class EndedBy(models.TextChoices):
        SHOPPER = "shopper", _("the shopper")
        MANAGER = "manager", _("the store")
        RULE = "rule", _("nobody wrote any more")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="conversations")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="conversations")
    ref = models.CharField(_("reference"), max_length=24)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    origin = models.CharField(_("came from"), max_length=12, choices=Origin.choices, default=Origin.SHOPPER)
    visitor = models.CharField(max_length=64, blank=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    shopper_name = models.CharField(_("name of the shopper"), max_length=80, blank=True)
    shopper_email = models.EmailField(_("e-mail address of the shopper"), blank=True)
    network = models.GenericIPAddressField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    department = models.CharField(_("department"), max_length=40, blank=True)
    page = models.CharField(_("page it began on"), max_length=300, blank=True)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="served_conversations"
    )
    wanted = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    priority = models.PositiveSmallIntegerField(default=0)
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    offered_at = models.DateTimeField(null=True, blank=True)
    with_support = models.BooleanField(_("handed to the union's support"), default=False)
    beside = models.ForeignKey(
        Store,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("store asked to join"),
    )
    for_person = models.BooleanField(_("asked for a person"), default=False)
    last_seq = models.PositiveIntegerField(default=0)
    last_text = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(_("begun"))
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)
    shopper_wrote_at = models.DateTimeField(null=True, blank=True)
    store_wrote_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    mailed_seq = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=8, choices=EndedBy.choices, blank=True)
    free_minutes = models.PositiveSmallIntegerField(_("shortened session, minutes"), default=0, db_default=0)
    free_until = models.DateTimeField(_("free until"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(
        _("rating"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rating_words = models.CharField(_("words with it"), max_length=500, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="conversation_ref"),
            models.CheckConstraint(
                condition=~Q(visitor="") | Q(customer__isnull=False), name="conversation_with_somebody"
            ),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(1, 5)), name="conversation_rating"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(manager__isnull=False), name="conversation_active_has_manager"
            ),
            models.CheckConstraint(
                condition=Q(beside=None) | (Q(store__isnull=False) & ~Q(beside=F("store"))),
                name="conversation_beside_another",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "waiting_since"], name="conversation_work_list"),
            models.Index(fields=["beside"], condition=Q(beside__isnull=False), name="conversation_asked_in"),
            models.Index(fields=["manager"], condition=Q(state="active"), name="conversation_load"),
            models.Index(fields=["union", "visitor"], condition=~Q(visitor=""), name="conversation_of_visitor"),
            models.Index(fields=["customer", "-id"], name="conversation_of_customer"),
            models.Index(fields=["union", "-created_at"], name="conversation_by_union"),
            models.Index(
                fields=["state", "waiting_since"],
                condition=Q(state__in=["waiting", "active"]),
                name="conversation_to_tend",
            ),
            models.Index(fields=["manager"], condition=Q(rating__isnull=False), name="conversation_rated"),
            models.Index(fields=["created_at"], condition=Q(network__isnull=False), name="conversation_network_kept"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def free_is_over(self) -> bool:
        """Whether it ended with the free session of somebody who still has no account."""
        by_rule = self.state == self.State.ENDED and self.ended_by == self.EndedBy.RULE
        return by_rule and self.free_until is not None and self.customer_id is None


class Participant(models.Model):
    """Somebody who takes part, and how far they have read.

    There is one for the shopper's side; each manager (or supporter, provider) who joins gets one of their own.
    """

    class Role(models.TextChoices):
        SHOPPER = "shopper", _("shopper")
        MANAGER = "manager", _("store")
        SUPPORT = "support", _("union")
        PROVIDER = "provider", _("service provider")
        PROGRAM = "program", _("automatic answer")
        SYSTEM = "system", _("notice")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    role = models.CharField(max_length=8, choices=Role.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=80, blank=True)
    seen_seq = models.PositiveIntegerField(default=0)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["union", "conversation", "role"],
                condition=Q(role__in=["shopper", "system"]),
                name="participant_one_shopper",
            ),
            models.UniqueConstraint(
                fields=["union", "conversation", "user"],
                condition=Q(user__isnull=False) & ~Q(role="shopper"),
                name="participant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


class Message(models.Model):
    """Something said or shown, never edited. `card` names what is shown (`{"product": 12}`), read anew when drawn."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        PICTURE = "picture", _("picture")
        PRODUCT = "product", _("product")
        ORDER = "order", _("order")
        RESERVATION = "reservation", _("reservation")
        PROPOSAL = "proposal", _("price proposal")
        VOUCHER = "voucher", _("voucher")
        RESPONSE = "response", _("customer response")
        SYSTEM = "system", _("notice")

    # Written most often of all and only ever found within its conversation: the two constraints' indexes are enough.
    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="messages", db_index=False)
    seq = models.PositiveIntegerField()
    client_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TEXT)
    text = models.TextField(blank=True)
    card = models.JSONField(null=True, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["conversation", "seq"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["union", "conversation", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["union", "conversation", "sender", "client_id"], name="message_sent_once"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="message_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.kind}"


class Note(models.Model):
    """What staff tell each other beside a conversation. The shopper never sees it, not even a gap."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


class Handover(models.Model):
    """Who had a conversation, from when to when, and why it went on."""

    class Why(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("of a conversation", "accepted")
        GIVEN = "given", _("handed over")
        VANISHED = "vanished", _("the manager was gone")
        OVERFLOW = "overflow", _("nobody at the store answered")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handovers")
    why = models.CharField(max_length=8, choices=Why.choices)
    from_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.why} {self.at:%H:%M}"


class Attachment(models.Model):
    """A picture or PDF of a conversation: checked, written anew by us, shown only to those who take part."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("picture")
        PDF = "pdf", _("PDF")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="attachments")
    ref = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="attachment_of_something")]

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """A visitor or person that a store or the whole union does not talk to, until `until` or for good.

    The network address they came from is held until `address_until`, for a shorter time: others stand behind it, too.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="blocks")
    visitor = models.CharField(max_length=64, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    address_until = models.DateTimeField(_("network address until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("blocked visitor")
        verbose_name_plural = _("blocked visitors")
        constraints = [
            models.CheckConstraint(
                condition=~Q(visitor="") | Q(user__isnull=False) | Q(address__isnull=False), name="block_of_somebody"
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("at")), name="block_forward"),
            models.CheckConstraint(
                condition=Q(address=None, address_until=None) | Q(address__isnull=False, address_until__isnull=False),
                name="block_address_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.reason or self.visitor

"""Authenticated payment accounts of shoppers and payout accounts of enterprises: tokens only, never numbers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models import Membership, Union


class AccountState(models.TextChoices):
    PENDING = "pending", _("waiting for verification")
    VERIFIED = "verified", _("verified")
    REVOKED = "revoked", _("revoked")


def shown_label(label: str) -> str:
    """A provider's label (`Current account …1001`) in the reader's language: its words are, its digits stay."""
    words, mark, digits = label.partition(" …")
    return f"{gettext(words)} …{digits}" if words and mark else label


class PaymentAccount(models.Model):
    """Where a payer's money comes from: a provider's token. A guest's account has no user and serves one purchase."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="payment_accounts"
    )
    provider = models.CharField(_("provider"), max_length=20)
    token = models.CharField(max_length=120)
    label = models.CharField(_("shown as"), max_length=60)
    holder = models.CharField(_("holder"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=AccountState.choices, default=AccountState.PENDING)
    is_default = models.BooleanField(_("use first"), default=False)
    tries = models.PositiveSmallIntegerField(_("tries at its code"), default=0)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-is_default", "-id"]
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "provider", "token"], name="payment_account_once", nulls_distinct=True
            ),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="payment_account_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def shown(self) -> str:
        """Its label in the reader's language."""
        return shown_label(self.label)


class PayoutAccount(models.Model):
    """Where an enterprise's earnings in a union go."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="payout_accounts")
    provider = models.CharField(_("provider"), max_length=20)
    token = models.CharField(max_length=120)
    label = models.CharField(_("shown as"), max_length=60)
    holder = models.CharField(_("holder"), max_length=120)
    state = models.CharField(_("state"), max_length=8, choices=AccountState.choices, default=AccountState.PENDING)
    tries = models.PositiveSmallIntegerField(_("tries at its code"), default=0)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("payout account")
        verbose_name_plural = _("payout accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=models.Q(state="verified"),
                name="payout_account_one_verified",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def shown(self) -> str:
        """Its label in the reader's language."""
        return shown_label(self.label)


class CodeTries(models.Model):
    """Tries at an account's code since `began_at`, whichever row the account has now: adding it again gives no more."""

    owner = models.CharField(max_length=40)
    """Whose tries: `user:17`, or `membership:4` for a payout account."""
    fingerprint = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    began_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tries at a code")
        verbose_name_plural = _("tries at codes")
        constraints = [models.UniqueConstraint(fields=["owner", "fingerprint"], name="code_tries_once")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.tries}"

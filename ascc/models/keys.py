"""The keys with which vouchers are signed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    """An Ed25519 key of this deployment, for all its unions.

    `public` is 32 bytes as base64url, published for as long as a token signed with it may be held up; `sealed` is the
    private half, readable only with the deployment's secret. The newest that is not retired signs.
    """

    kid = models.CharField(_("name of the key"), max_length=24, unique=True)
    public = models.CharField(max_length=64)
    sealed = models.TextField()
    made_at = models.DateTimeField(_("made"))
    retired_at = models.DateTimeField(_("signs no longer since"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return self.kid

"""Pictures inside JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LONGEST = 300_000
"""Three of them stay within the largest body."""


@extend_schema_field({"type": "string", "format": "byte", "maxLength": LONGEST})
class PictureField(serializers.CharField):
    """A picture as base64; what is in it the service judges."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return SimpleUploadedFile("picture", base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise serializers.ValidationError(_("Send the picture as base64.")) from error

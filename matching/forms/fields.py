"""Several pictures in one field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from matching.services.picturing import MOST_PICTURES
from unions.forms import PapersField, PapersInput


class PicturesField(PapersField):
    """Up to three; what they are is checked by the service."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PapersInput(attrs={"accept": "image/*"}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = super().clean(data, initial)
        if len(files) > MOST_PICTURES:
            raise forms.ValidationError(_("Send at most three pictures."))
        return files

"""A field in which somebody signs with a finger or a mouse; the drawing comes with the form as a picture."""

from __future__ import annotations

from typing import Any

from django import forms


class SignaturePad(forms.FileInput):
    """Where is drawn (`static/js/provider/sign.js`; the form says `data-sign`)."""

    template_name = "components/sign_pad.html"
    use_fieldset = True

    def use_required_attribute(self, initial: Any) -> bool:
        """What is drawn on is no input that a browser could ask for."""
        return False


class SignatureField(forms.FileField):
    """What was drawn; of what comes with the form the service keeps the strokes only."""

    widget = SignaturePad

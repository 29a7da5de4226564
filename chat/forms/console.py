"""How a place talks, who answers there, and what they often say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import Manager, SavedReply, TalkSettings

MOST_DEPARTMENTS = 12


class DepartmentsField(forms.CharField):
    """One a line; each at most 40 characters, none twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Departments"),
            help_text=_("One a line. Shoppers choose what it is about."),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_DEPARTMENTS or any(len(line) > 40 for line in lines):
            raise forms.ValidationError(_("At most twelve, each of at most 40 characters."))
        return list(dict.fromkeys(lines))


class TalkSettingsForm(forms.ModelForm):
    """How a store, or the union's support, talks."""

    departments = DepartmentsField()
    offer_seconds = forms.IntegerField(
        label=_("Seconds to accept before the next is asked"), min_value=10, max_value=300
    )
    overflow_seconds = forms.IntegerField(
        label=_("Seconds until the union's support helps out"), min_value=0, max_value=3600, help_text=_("0: never.")
    )
    idle_minutes = forms.IntegerField(
        label=_("Minutes of silence that end a conversation"), min_value=5, max_value=1440
    )

    class Meta:
        model = TalkSettings
        fields = (
            "is_open", "greeting", "offline_text", "departments", "offer_seconds", "overflow_seconds", "idle_minutes",
            "free_minutes", "voice", "video",
        )  # fmt: skip


class ManagerForm(forms.ModelForm):
    """Somebody who answers: what shoppers see of them and how much falls to them."""

    capacity = forms.IntegerField(label=_("Conversations at once"), min_value=1, max_value=50)
    departments = forms.MultipleChoiceField(label=_("Departments"), required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Manager
        fields = ("shown_name", "capacity", "departments", "accepts_at_once", "is_program")

    def __init__(self, *args: Any, departments: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if departments:
            chosen: Any = self.fields["departments"]
            chosen.choices = [(name, name) for name in departments]
        else:
            del self.fields["departments"]


class ReplyForm(forms.ModelForm):
    """Words for often."""

    shortcut = forms.RegexField(
        r"^[^\s/]+$",
        label=_("Shortcut"),
        max_length=24,
        help_text=_("One word; typed as /word in the field."),
        error_messages={"invalid": _("One word without spaces and slashes.")},
    )

    class Meta:
        model = SavedReply
        fields = ("shortcut", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"text": _("{name}, {store}, {product} and {order} are filled in.")}

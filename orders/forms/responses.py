"""What customers and stores type in responses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import CustomerResponse
from orders.services.responses.picturing import MOST_AT_ONCE
from unions.forms import PapersField, PapersInput

Kind = CustomerResponse.Kind
KINDS = (
    (Kind.QUESTION, _("I have a question")),
    (Kind.COMPLAINT, _("Something is not right")),
    (Kind.RETURN_WISH, _("I would like to give something back")),
)
FACES = (
    (5, _("5: very good")),
    (4, _("4: good")),
    (3, _("3: all right")),
    (2, _("2: poor")),
    (1, _("1: bad")),
)


class PicturesField(PapersField):
    """Up to four; what they are is checked by the service."""

    def __init__(self, **options: Any) -> None:
        options = {"label": _("Pictures"), "required": False, "help_text": _("Up to four."), **options}
        super().__init__(widget=PapersInput(attrs={"accept": "image/*"}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Not more than fit."""
        files = super().clean(data, initial)
        if len(files) > MOST_AT_ONCE:
            raise forms.ValidationError(_now("Send at most four pictures at once."))
        return files


def words_field(label: Any, *, required: bool = True, rows: int = 5) -> forms.CharField:
    """What somebody has to say, as long as a letter."""
    return forms.CharField(label=label, max_length=4000, required=required, widget=forms.Textarea(attrs={"rows": rows}))


class AskForm(forms.Form):
    """A question, a complaint, a wish to give something back. What belongs to an order can be given back only."""

    kind = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect)
    words = words_field(_("What would you like to say?"))
    pictures = PicturesField(help_text=_("Up to four. They show best what is not right."))
    name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), help_text=_("Where the answer goes."))

    def __init__(self, *args: Any, with_order: bool, signed_in: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = list(KINDS if with_order else KINDS[:2])  # type: ignore[attr-defined]
        self.fields["kind"].initial = Kind.COMPLAINT if with_order else Kind.QUESTION
        if signed_in:
            del self.fields["name"], self.fields["email"]


class WordsForm(forms.Form):
    """More words, with pictures."""

    words = words_field(_("Your words"), rows=4)
    pictures = PicturesField()


class ReplyForm(WordsForm):
    """The store's words; `seen` is what it has read."""

    words = words_field(_("Your answer"), rows=4)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class PublicReplyForm(forms.Form):
    """The answer beneath a review, for all to read."""

    words = forms.CharField(label=_("Your answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class ShortForm(forms.Form):
    """A line that goes with a step."""

    words = words_field(_("In words"), rows=3)

    def __init__(self, *args: Any, label: Any = "", required: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"].required = required
        if label:
            self.fields["words"].label = label


class RateForm(forms.Form):
    """How it was dealt with."""

    stars = forms.TypedChoiceField(
        label=_("How well were you helped?"), coerce=int, choices=FACES, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("A word with it"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AssignForm(forms.Form):
    """Which of the colleagues takes care of it."""

    to = forms.ModelChoiceField(label=_("Who takes care of it"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, colleagues: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
        self.fields["to"].empty_label = _("Nobody yet")  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = lambda user: user.name or user.email  # type: ignore[attr-defined]


class PromiseForm(forms.Form):
    """What the store promises: never more than its union asks."""

    answer_hours = forms.IntegerField(
        label=_("We answer within, hours"), min_value=1, help_text=_("Counted on days on which the store opens.")
    )

    def __init__(self, *args: Any, most: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["answer_hours"] = forms.IntegerField(
            label=self.fields["answer_hours"].label,
            min_value=1,
            max_value=most,
            help_text=self.fields["answer_hours"].help_text,
        )

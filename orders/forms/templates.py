"""What a union's office types when it makes a template of a sales procedure: all steps on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from orders.models import ProcedureStep
from orders.services.procedures import StepWish

Kind, Move, From, Unit = ProcedureStep.Kind, ProcedureStep.Move, ProcedureStep.From, ProcedureStep.Unit
FREE = 3
"""Empty places for further steps."""
KINDS = [choice for choice in Kind.choices if choice[0] != Kind.TAKE_DEPOSIT]
"""How much a deposit is every store says itself."""
COUNTED = [choice for choice in From.choices if choice[0] != From.STEP]


class TemplateForm(forms.Form):
    """A name, and for each step its title (empty: no step), kind, time, move, checklist and what the shopper reads."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, name: str = "", steps: Sequence[ProcedureStep] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].initial = name
        self.steps = [*steps, *[None] * FREE]
        for number, step in enumerate(self.steps, 1):
            for field, made in _fields(number, step).items():
                self.fields[f"{field}_{number}"] = made

    def wishes(self) -> list[StepWish]:
        """The steps that have a title, in their order; what the office cannot say of one stays as it was."""
        found = []
        for number, step in enumerate(self.steps, 1):
            said = {field: self.cleaned_data[f"{field}_{number}"] for field in _fields(number, step)}
            if not said["title"]:
                continue
            kept = {} if step is None else {
                name: getattr(step, name)
                for name in ("key", "translations", "tells", "permission", "may_be_skipped", "deposit")
            }  # fmt: skip
            if kept.get("tells") and not said["promise"]:
                kept["tells"] = False
            said["checklist"] = said["checklist"].splitlines()
            found.append(StepWish(**kept, **said))
        return found


def _fields(number: int, step: ProcedureStep | None) -> dict[str, forms.Field]:
    """The fields of one place for a step."""
    kinds = [*KINDS, *([(Kind.TAKE_DEPOSIT, Kind.TAKE_DEPOSIT.label)] if step and step.deposit else [])]
    return {
        "title": forms.CharField(
            label=_("Step %(number)d: what is to be done") % {"number": number},
            max_length=80,
            required=False,
            initial=step.title if step else "",
            widget=UnfoldAdminTextInputWidget,
        ),
        "kind": _choice(_("Kind"), kinds, step.kind if step else Kind.OWN),
        "due_count": forms.IntegerField(
            label=_("Done within"),
            min_value=0,
            max_value=2000,
            required=False,
            initial=step.due_count if step else None,
            widget=UnfoldAdminIntegerFieldWidget,
        ),
        "due_unit": _choice(_("Unit"), Unit.choices, step.due_unit if step else Unit.HOURS),
        "due_from": _choice(
            _("Counted"), COUNTED, step.due_from if step and step.due_from != From.STEP else From.PREVIOUS
        ),
        "moves": _choice(_("What it does to the order"), Move.choices, step.moves if step else Move.NOTHING),
        "checklist": forms.CharField(
            label=_("Checklist"),
            required=False,
            initial="\n".join(step.checklist) if step else "",
            help_text=_("One item a line."),
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        ),
        "promise": forms.CharField(
            label=_("What the shopper reads"),
            max_length=160,
            required=False,
            initial=step.promise if step else "",
            widget=UnfoldAdminTextInputWidget,
        ),
    }


def _choice(label: Any, choices: Any, initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, initial=initial, required=False, widget=UnfoldAdminSelectWidget
    )

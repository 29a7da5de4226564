"""What a store types about its procedures, and what its staff note at a step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.localized import localized
from orders.forms.signing import SignatureField
from orders.models import Procedure, ProcedureStep, RunStep
from orders.queries.procedures import product_called
from orders.services.procedures import StepWish
from orders.services.runs.doing import Parcel
from stores.forms.fields import MoneyField, add_translations, translations_of
from stores.models import Category, Product, Store, StoreStaff
from unions.models import Union

Kind, Move, From, Unit = ProcedureStep.Kind, ProcedureStep.Move, ProcedureStep.From, ProcedureStep.Unit
TRANSLATED = ["title", "promise"]
USUAL: dict[str, dict[str, Any]] = {
    Kind.CONFIRM: {"moves": Move.ACCEPT, "due_count": 2, "due_from": From.PAID},
    Kind.PICK: {"due_count": 2},
    Kind.PACK: {"moves": Move.PACK, "due_count": 2},
    Kind.DELIVER: {"moves": Move.SEND, "due_count": 1, "due_unit": Unit.DAYS, "due_from": From.DEADLINE},
    Kind.CALL_BACK: {"permission": StoreStaff.Permission.CONSOLE, "due_count": 3, "due_unit": Unit.WORKING_DAYS},
    Kind.INSTALL: {"permission": StoreStaff.Permission.SERVICE, "due_count": 3, "due_unit": Unit.WORKING_DAYS},
}
"""With what a new step of a kind begins; every word of it can be changed."""


class NewProcedureForm(forms.Form):
    """A name, and whether it begins empty or with what a template says."""

    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    template = forms.ChoiceField(label=_("Begin with"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, templates: Sequence[Procedure], **options: Any) -> None:
        super().__init__(*args, **options)
        self.templates = templates
        self.fields["template"].choices = [  # type: ignore[attr-defined]
            ("", _("nothing: I put the steps together myself")),
            *((one.ref, one.name) for one in templates),
        ]

    def clean(self) -> dict[str, Any]:
        """A copy may keep its template's name."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("name") and not cleaned.get("template"):
            self.add_error("name", _("Give it a name."))
        return cleaned

    def source(self) -> Procedure | None:
        """The chosen template."""
        return next((one for one in self.templates if one.ref == self.cleaned_data["template"]), None)


class StepForm(forms.Form):
    """One step; `counted` is from what its time is counted, `step:<key>` being an earlier step."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    title = forms.CharField(label=_("What is to be done"), max_length=80)
    permission = forms.ChoiceField(
        label=_("Who does it"), choices=StoreStaff.Permission.choices, help_text=_("Everybody who may do this.")
    )
    person = forms.ChoiceField(label=_("Usually this person"), required=False)
    due_count = forms.IntegerField(
        label=_("Done within"), min_value=0, max_value=10_000, required=False, help_text=_("Empty: at any time.")
    )
    due_unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    counted = forms.ChoiceField(label=_("Counted"))
    checklist = forms.CharField(
        label=_("Checklist"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One item a line.")
    )
    promise = forms.CharField(
        label=_("What the shopper reads"),
        max_length=160,
        required=False,
        help_text=_("On the page of the order, with the time by which it is done. Empty: nothing."),
    )
    tells = forms.BooleanField(label=_("Write to the shopper when it is done"), required=False)
    moves = forms.ChoiceField(label=_("What it does to the order"), choices=Move.choices, required=False)
    may_be_skipped = forms.BooleanField(label=_("May be left out, with a reason"), required=False)

    def __init__(
        self,
        *args: Any,
        union: Union,
        people: Collection[User],
        earlier: Sequence[ProcedureStep],
        step: ProcedureStep | None = None,
        kind: str = Kind.OWN,
        **options: Any,
    ) -> None:
        self.union, self.people, self.step = union, people, step
        options["initial"] = _first_values(step, kind)
        super().__init__(*args, **options)
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", _("whoever takes it")),
            *((str(one.pk), one.name or one.email) for one in people),
        ]
        self.fields["counted"].choices = [  # type: ignore[attr-defined]
            (From.PAID, From.PAID.label),
            (From.PREVIOUS, From.PREVIOUS.label),
            *((f"{From.STEP}:{one.key}", _("after “%(step)s”") % {"step": one.title}) for one in earlier),
            (From.DEADLINE, From.DEADLINE.label),
        ]
        self.fields["deposit"] = MoneyField(
            currency=union.currency,
            label=_("Deposit"),
            required=False,
            initial=step.deposit if step else None,
            help_text=_("Only where a deposit is taken. The shopper is asked to pay it by mail."),
        )
        kept = step.translations if step else {}
        add_translations(self, union, TRANSLATED, kept)

    def wish(self) -> StepWish:
        """The cleaned form as the service takes it."""
        said = self.cleaned_data
        counted, _colon, after = said["counted"].partition(":")
        kept = self.step.translations if self.step else {}
        return StepWish(
            title=said["title"],
            kind=said["kind"],
            promise=said["promise"],
            translations=translations_of(self, self.union, TRANSLATED, kept),
            tells=said["tells"],
            permission=said["permission"],
            person=next((one for one in self.people if str(one.pk) == said["person"]), None),
            due_count=said["due_count"],
            due_unit=said["due_unit"],
            due_from=counted,
            due_key=after,
            checklist=said["checklist"].splitlines(),
            moves=said["moves"],
            deposit=said["deposit"] or None,
            may_be_skipped=said["may_be_skipped"],
        )


def _first_values(step: ProcedureStep | None, kind: str) -> dict[str, Any]:
    if step is None:
        known = kind if kind in Kind.values else Kind.OWN
        usual = USUAL.get(known, {})
        title = "" if known == Kind.OWN else str(Kind(known).label).capitalize()
        begun = {"due_unit": Unit.HOURS, "permission": StoreStaff.Permission.ORDERS, "may_be_skipped": True}
        return begun | usual | {"kind": known, "title": title, "counted": usual.get("due_from", From.PREVIOUS)}
    plain = "kind title permission due_count due_unit promise tells moves may_be_skipped".split()
    return {name: getattr(step, name) for name in plain} | {
        "person": str(step.person_id or ""),
        "counted": f"{From.STEP}:{step.due_key}" if step.due_from == From.STEP else step.due_from,
        "checklist": "\n".join(step.checklist),
    }


class UseForm(forms.Form):
    """For which orders: all of the store, those with goods of a category, those with one of the goods."""

    category = forms.ChoiceField(label=_("For which orders"), required=False)
    goods = forms.CharField(
        label=_("Or only those with one of your goods"),
        max_length=200,
        required=False,
        help_text=_("Its title or stock keeping unit."),
    )

    def __init__(self, *args: Any, store: Store, categories: Sequence[Category], **options: Any) -> None:
        super().__init__(*args, **options)
        self.store, self.categories = store, categories
        self.product: Product | None = None
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("all orders of the store")),
            (_("with goods of this category"), [(str(one.pk), localized(one, "name")) for one in categories]),
        ]

    def clean_goods(self) -> str:
        words = str(self.cleaned_data["goods"]).strip()
        if words:
            self.product = product_called(self.store, words)
            if self.product is None:
                raise forms.ValidationError(_("You have no goods of this name."))
        return words

    def chosen(self) -> dict[str, Any]:
        """`category`, `product` or neither, as the service takes them."""
        if self.product is not None:
            return {"product": self.product}
        wanted = self.cleaned_data["category"]
        return {"category": next((one for one in self.categories if str(one.pk) == wanted), None)}


class DoForm(forms.Form):
    """What is ticked and noted at a step, who signed and how, and with whom a parcel leaves."""

    keeps_nothing = True

    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, step: RunStep, sends: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        rule = step.step
        self.fields["note"].initial = step.note
        if rule.checklist:
            self.fields["ticked"] = forms.TypedMultipleChoiceField(
                label=_("Checklist"),
                choices=list(enumerate(rule.checklist)),
                coerce=int,
                required=False,
                initial=step.ticked,
                widget=forms.CheckboxSelectMultiple,
            )
        if rule.kind == Kind.SIGNATURE:
            self.fields["signed_by"] = forms.CharField(
                label=_("Who signs"), max_length=120, required=False, initial=step.signed_by
            )
            self.fields["signature"] = SignatureField(label=_("Signature"), required=False)
            self.fields["by_name"] = forms.BooleanField(
                label=_("Nothing can be drawn here: the name stands for the signature"), required=False
            )
            for name in ("signed_by", "signature"):
                # One of them alone is not enough, but what is there may be kept first.
                self.fields[name].may_be_needed = True  # type: ignore[attr-defined]
        if sends:
            self.fields["carrier"] = forms.CharField(label=_("Carrier"), max_length=80, required=False)
            self.fields["tracking_number"] = forms.CharField(label=_("Tracking number"), max_length=80, required=False)
            self.fields["tracking_url"] = forms.URLField(
                label=_("Its tracking page"), max_length=200, required=False, assume_scheme="https"
            )
        signs = ("signed_by", "signature", "by_name")
        self.order_fields(["ticked", *signs, "carrier", "tracking_number", "tracking_url", "note"])

    def noted(self) -> dict[str, Any]:
        """What is kept of the step."""
        said = self.cleaned_data
        signed = {"signed_by": said.get("signed_by", ""), "drawing": said.get("signature")}
        return {"ticked": said.get("ticked", []), "note": said["note"], **signed}

    def parcel(self) -> Parcel:
        """With whom it leaves."""
        names = ("carrier", "tracking_number", "tracking_url")
        return Parcel(**{name: self.cleaned_data.get(name, "") for name in names})


class SkipForm(forms.Form):
    """Why a step is left out."""

    reason = forms.CharField(label=_("Why is it left out?"), max_length=500)


class GiveForm(forms.Form):
    """To whom a step goes."""

    person = forms.ChoiceField(label=_("Hand over to"), required=False)

    def __init__(self, *args: Any, people: Collection[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = people
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", _("everybody who may do it")),
            *((str(one.pk), one.name or one.email) for one in people),
        ]

    def chosen(self) -> User | None:
        """The person, or nobody in particular."""
        return next((one for one in self.people if str(one.pk) == self.cleaned_data["person"]), None)


class ChooseForm(forms.Form):
    """By which procedure one order is to walk."""

    procedure = forms.ChoiceField(label=_("Procedure"))

    def __init__(self, *args: Any, store: Store, procedures: Sequence[Procedure], **options: Any) -> None:
        super().__init__(*args, **options)
        self.procedures = procedures
        self.fields["procedure"].choices = [(one.ref, one.name) for one in procedures]  # type: ignore[attr-defined]

    def chosen(self) -> Procedure:
        return next(one for one in self.procedures if one.ref == self.cleaned_data["procedure"])

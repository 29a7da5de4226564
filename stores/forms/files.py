"""Forms of files on their way in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stores.models import FileRun
from stores.services.files.inward import fields_of, one_of
from stores.services.files.kinds import FileKind
from stores.services.files.words import ENCODINGS, LABELS, TIMES

EXAMPLES = 3


class ImportForm(forms.Form):
    """A table of the store's own making."""

    file = forms.FileField(
        label=_("CSV or XLSX file"),
        help_text=_(
            "Its first line names the columns. Where they are called otherwise than ours, you say next which is which. "
            "Rows that are there already are changed."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
    )
    is_dry = forms.BooleanField(label=_("Only try: show what would happen"), required=False, initial=True)


class EncodingForm(forms.Form):
    """How the letters of a text file are written."""

    encoding = forms.ChoiceField(label=_("Are letters wrong? Read the file as"), choices=ENCODINGS)


class ColumnsForm(forms.Form):
    """Which column of the file is which field of ours, and how it writes numbers and times."""

    decimal = forms.ChoiceField(
        label=_("How numbers are written"), choices=[(".", "1,234.50"), (",", "1.234,50")], widget=forms.RadioSelect
    )
    time = forms.ChoiceField(label=_("How times are written"), choices=TIMES, required=False)

    def __init__(self, data: Any = None, *, run: FileRun, kind: FileKind) -> None:
        super().__init__(data, initial={"decimal": run.layout.get("decimal", "."), "time": run.layout.get("time", "")})
        fields = fields_of(kind=kind)
        self.columns: list[str] = run.layout["columns"]
        self.rows: list[list[str]] = run.layout["rows"]
        guess = {column: name for name, column in run.layout.get("guess", run.layout.get("chosen", {})).items()}
        needed = dict.fromkeys(one_of(kind=kind), gettext("one of these is needed"))
        needed |= {name: gettext("needed") for name, field in fields.items() if field.required}
        choices = [("", gettext("leave out"))] + [
            (name, f"{LABELS[name]} ({needed[name]})" if name in needed else str(LABELS[name])) for name in fields
        ]
        for place, column in enumerate(self.columns):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=column, choices=choices, required=False, initial=guess.get(column, "")
            )
        if not any(field.type in ("time", "date") for field in fields.values()):
            del self.fields["time"]

    def lines(self) -> list[dict[str, Any]]:
        """Every column with its field, and what stands in the first rows."""
        return [
            {
                "field": self[f"column-{place}"],
                "examples": [row[place] for row in self.rows if row[place]][:EXAMPLES],
            }
            for place in range(len(self.columns))
        ]

    def clean(self) -> dict[str, Any]:
        """No field is two columns."""
        cleaned: dict[str, Any] = super().clean() or {}
        self.chosen: dict[str, str] = {}
        for place, column in enumerate(self.columns):
            name = cleaned.get(f"column-{place}")
            if name in self.chosen:
                words = gettext("“%(column)s” is this already.") % {"column": self.chosen[name]}
                self.add_error(f"column-{place}", words)
            elif name:
                self.chosen[name] = column
        return cleaned

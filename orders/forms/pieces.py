"""How many pieces of each line of an order: what is called off, or goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from orders.models import OrderLine
from orders.queries.returns import active_variant
from stores.models import Store, Variant


class PiecesForm(forms.Form):
    """A number per line that has pieces left to choose, and why. `left` says how many by id of the line."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, lines: Sequence[OrderLine], left: Mapping[int, int], **rest: Any
    ) -> None:
        super().__init__(data, files, **rest)
        self.chosen = [line for line in lines if left.get(line.pk, 0) > 0]
        for line in self.chosen:
            most = left[line.pk]
            self.fields[name_of(line.pk)] = forms.IntegerField(
                label=f"{line.title}, {line.options}" if line.options else line.title,
                help_text=_("of %(count)d") % {"count": most},
                min_value=0,
                max_value=most,
                initial=most if len(self.chosen) == 1 and most == 1 else 0,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            # Of one of them at least; none by itself.
            self.fields[name_of(line.pk)].may_be_needed = True  # type: ignore[attr-defined]
        self.order_fields([*(name_of(line.pk) for line in self.chosen), *self.base_fields])

    @property
    def pieces(self) -> dict[int, int]:
        """By id of the line what was chosen; only once it is valid."""
        chosen = {line.pk: self.cleaned_data.get(name_of(line.pk)) or 0 for line in self.chosen}
        return {pk: count for pk, count in chosen.items() if count}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.pieces:
            raise forms.ValidationError(_("Choose at least one piece."))
        return cleaned

    def take(self, refusal: DomainError) -> None:
        """Show a refusal of the service beside the line it names, else above the form."""
        field = name_of(refusal.facts.get("line", 0))
        self.add_error(field if field in self.fields else None, str(refusal))


class StoreCallOffForm(PiecesForm):
    """The store says why, and whether the pieces are there at all."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The shopper will read it."))
    missing = forms.BooleanField(label=_("The pieces are not there: do not put them back into stock"), required=False)


def goods_named(store: Store, sku: str) -> Variant:
    """What the store sends instead: its active goods with this number. Raises ValidationError."""
    found = active_variant(store, sku.strip())
    if found is None:
        raise forms.ValidationError(_("There are no goods with this number here."))
    return found


def name_of(line_id: int) -> str:
    """The name of a line's field."""
    return f"line_{line_id}"

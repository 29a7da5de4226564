"""Rooms around items."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models import Store, Variant


class RoomForm(forms.Form):
    """A room around an item."""

    variant: forms.ModelChoiceField[Variant] = forms.ModelChoiceField(label=_("Item"), queryset=None)
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    hold_minutes = forms.IntegerField(
        label=_("Minutes that somebody may hold it"), min_value=1, max_value=60, initial=5
    )

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        super().__init__(*args, **options)
        variants = Variant.objects.filter(
            union=store.union_id, store=store, is_active=True, tracks_stock=True, product__is_published=True
        )
        field: Any = self.fields["variant"]
        field.queryset = variants.select_related("product").order_by("product__title", "position")
        field.label_from_instance = lambda variant: " ".join(
            part for part in (variant.product.title, variant.options_text, f"({variant.sku})") if part
        )

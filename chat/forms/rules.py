"""The editor of a rule: plain fields, conditions in groups, usable on a phone and without scripts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.conditions import LEAVES
from chat.conditions.tree import FLAG, HOURS, ITEM, NUMBER, PAGE
from chat.models import Rule
from chat.presenting.rules import TITLES
from chat.services.rules import Wording
from core.localized import language_name
from core.money import as_minor, as_typed
from unions.models import Union

GROUPS = 3
ROWS = 4
MONEY = {"cart_value", "item_value"}
HOW = [("all", gettext_lazy("all of")), ("any", gettext_lazy("any of")), ("none", gettext_lazy("none of"))]
TOP = [("all", gettext_lazy("all of the groups")), ("any", gettext_lazy("any of the groups"))]
Group = tuple[str, list[dict[str, Any]]]


class RuleForm(forms.ModelForm):
    """All of a rule. `tree` is the condition tree of valid input; a tree too deep for groups is kept as it is."""

    file = forms.FileField(
        label=gettext_lazy("File of its own picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF, at most 12 MB. It replaces the one before."),
    )

    class Meta:
        model = Rule
        fields = (
            "name", "is_enabled", "action", "offer", "words", "picture", "free_minutes", "priority",
            "cooldown_minutes", "limit_per_visitor", "begins_at", "ends_at",
        )  # fmt: skip
        widgets = {
            name: forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
            for name in ("begins_at", "ends_at")
        }

    def __init__(self, *args: Any, union: Union, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.union = union
        self.order_fields([*self.Meta.fields[: self.Meta.fields.index("picture") + 1], "file"])
        tree = self.instance.conditions or {}
        top, groups = groups_of(tree)
        self.is_deep = groups is None
        self.others = [language for language in union.languages if language != union.default_language]
        for language in self.others:
            words = (self.instance.translations or {}).get(language, {}).get("words", "")
            label = _("Words to the shopper (%(language)s)") % {"language": language_name(language)}
            self.fields[f"words_{language}"] = forms.CharField(
                label=label, max_length=300, required=False, initial=words
            )
        if not self.is_deep:
            self._add_groups(top, groups or [])

    def _add_groups(self, top: str, groups: list[Group]) -> None:
        self.fields["top"] = forms.ChoiceField(label=_("When these hold"), choices=TOP, initial=top)
        choices = [("", "—"), *((name, TITLES[name]) for name in LEAVES)]
        for g in range(max(GROUPS, len(groups))):
            how, leaves = groups[g] if g < len(groups) else ("all", [])
            self.fields[f"g{g}"] = forms.ChoiceField(label=_("Group"), choices=HOW, initial=how)
            for r in range(max(ROWS, len(leaves))):
                leaf = leaves[r] if r < len(leaves) else {"if": "", "value": ""}
                self.fields[f"g{g}_{r}_if"] = forms.ChoiceField(
                    label=_("Condition"), choices=choices, required=False, initial=leaf["if"]
                )
                self.fields[f"g{g}_{r}_value"] = forms.CharField(
                    label=_("Value"), required=False, max_length=160, initial=self._as_text(leaf)
                )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that are no conditions."""
        return [self[name] for name in self.fields if name != "top" and not re.fullmatch(r"g\d+.*", name)]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Group by group: how it combines, and rows of (condition, value)."""
        shown = []
        g = 0
        while f"g{g}" in self.fields:
            rows: list[tuple[forms.BoundField, forms.BoundField]] = []
            while f"g{g}_{len(rows)}_if" in self.fields:
                rows.append((self[f"g{g}_{len(rows)}_if"], self[f"g{g}_{len(rows)}_value"]))
            used = any(kind.value() for kind, _value in rows)
            shown.append({"number": g + 1, "how": self[f"g{g}"], "rows": rows, "open": used or g == 0})
            g += 1
        return shown

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("file") and "picture" in self.cleaned_data:
            # Who sends a picture wants it shown.
            self.cleaned_data["picture"] = Rule.Picture.OWN
        if not self.is_deep:
            self.tree = self._tree()
        else:
            self.tree = self.instance.conditions
        return self.cleaned_data

    def wording(self) -> Wording:
        """What the form says."""
        data = self.cleaned_data
        named = {name: data[name] for name in self.Meta.fields}
        translations = dict(self.instance.translations or {})
        for language in self.others:
            translations[language] = {**translations.get(language, {}), "words": data.get(f"words_{language}", "")}
        return Wording(**named, conditions=self.tree, translations=translations)

    def _tree(self) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        g = 0
        while f"g{g}" in self.fields:
            leaves = []
            r = 0
            while f"g{g}_{r}_if" in self.fields:
                kind = self.cleaned_data.get(f"g{g}_{r}_if")
                if kind:
                    value = self._value(kind, self.cleaned_data.get(f"g{g}_{r}_value", ""), f"g{g}_{r}_value")
                    leaves.append({"if": kind, "value": value})
                r += 1
            if leaves:
                how = self.cleaned_data.get(f"g{g}", "all")
                parts.append({"not": {"any": leaves}} if how == "none" else {how: leaves})
            g += 1
        if not parts:
            return {}
        return parts[0] if len(parts) == 1 else {self.cleaned_data.get("top", "all"): parts}

    def _value(self, kind: str, text: str, field: str) -> Any:
        shape = LEAVES[kind].shape
        text = text.strip()
        try:
            if kind in MONEY:
                return as_minor(Decimal(text.replace(",", "")), self.union.currency)
            if shape == NUMBER:
                return int(text)
            if shape == FLAG:
                return text.lower() not in {"no", "0", "false", _("no")}
            if shape == HOURS:
                first, last = re.fullmatch(r"(\d{1,2})\s*[-–~]\s*(\d{1,2})", text).groups()  # type: ignore[union-attr]
                return [int(first), int(last)]
        except (ValueError, ArithmeticError, AttributeError):
            self.add_error(field, _("This value does not fit the condition: %(hint)s") % {"hint": hint_of(shape)})
            return None
        return text

    def _as_text(self, leaf: dict[str, Any]) -> str:
        kind, value = leaf["if"], leaf["value"]
        if not kind:
            return ""
        if kind in MONEY:
            return as_typed(value, self.union.currency)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return f"{value[0]}-{value[1]}" if isinstance(value, list) else str(value)


def hint_of(shape: str) -> str:
    """How a value is written."""
    return {
        NUMBER: _("a number"),
        FLAG: _("yes or no"),
        HOURS: _("two hours, such as 9-18"),
        PAGE: _("the beginning of a page, such as /tea/"),
        ITEM: _("store/product"),
    }.get(shape, _("a name; empty means any"))


def groups_of(tree: dict[str, Any]) -> tuple[str, list[Group] | None]:
    """(how the groups combine, the groups) of a tree that the editor can show; None for a deeper one."""
    one = _group(tree)
    if not tree:
        return "all", []
    if one is not None:
        return "all", [one]
    for how in ("all", "any"):
        if how in tree:
            groups: list[Group] = []
            loose: list[dict[str, Any]] = []
            for part in tree[how]:
                group = _group(part)
                if group is None:
                    return "all", None
                if "if" in part:
                    loose.append(part)
                else:
                    groups.append(group)
            return how, [*([(how, loose)] if loose else []), *groups]
    return "all", None


def _group(tree: dict[str, Any]) -> Group | None:
    if "if" in tree:
        return "all", [tree]
    for how in ("all", "any"):
        if how in tree and all("if" in part for part in tree[how]):
            return how, tree[how]
    inner = tree.get("not")
    if inner is not None:
        if "if" in inner:
            return "none", [inner]
        if "any" in inner and all("if" in part for part in inner["any"]):
            return "none", inner["any"]
    return None

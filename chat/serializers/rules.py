"""Rules as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat.conditions import LEAVES
from chat.models import Rule
from chat.services.rules import Wording

Shown = serializers.Serializer[Any]

TREE = {
    "type": "object",
    "description": (
        'A tree: {"all": […]}, {"any": […]}, {"not": …} and {"if": name, "value": …}, at most 6 levels and 40 leaves. '
        f"Names: {', '.join(LEAVES)}. Amounts are in minor units; hour takes [from, to]."
    ),
    "additionalProperties": True,
    "example": {"all": [{"if": "cart_value", "value": 300000}, {"not": {"if": "member", "value": True}}]},
}


@extend_schema_field(TREE)
class TreeField(serializers.JSONField):
    """Checked by the service, so that forms and programs hear the same."""


class RuleInputSerializer(Shown):
    """All that a rule says. What is left out is as a new rule has it, or as it was."""

    store = serializers.CharField(
        max_length=60,
        required=False,
        default="",
        allow_blank=True,
        help_text="Of a union's key: whose rule it is; empty for the union's support. A store's key makes its own.",
    )
    name = serializers.CharField(max_length=80)
    conditions = TreeField(required=False, default=dict)
    action = serializers.ChoiceField(Rule.Action.choices, default=Rule.Action.INVITE)
    offer = serializers.ChoiceField(Rule.Offer.choices, default=Rule.Offer.TEXT)
    words = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    words_in = serializers.DictField(
        child=serializers.CharField(max_length=300, allow_blank=True),
        required=False,
        default=dict,
        help_text='Words in other languages: {"ko": "…"}.',
    )
    picture = serializers.ChoiceField(Rule.Picture.choices, default=Rule.Picture.NONE)
    free_minutes = serializers.IntegerField(min_value=0, max_value=240, default=0)
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, default=0)
    cooldown_minutes = serializers.IntegerField(min_value=0, max_value=525_600, default=60)
    limit_per_visitor = serializers.IntegerField(min_value=0, max_value=1000, default=3)
    is_enabled = serializers.BooleanField(default=True)
    begins_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class RuleSerializer(Shown):
    """A rule."""

    ref = serializers.CharField()
    store = serializers.SerializerMethodField(help_text="Empty for the union's support.")
    name = serializers.CharField()
    conditions = TreeField()
    action = serializers.CharField()
    offer = serializers.CharField()
    words = serializers.CharField()
    words_in = serializers.SerializerMethodField()
    picture = serializers.CharField()
    free_minutes = serializers.IntegerField()
    priority = serializers.IntegerField()
    cooldown_minutes = serializers.IntegerField()
    limit_per_visitor = serializers.IntegerField()
    is_enabled = serializers.BooleanField()
    begins_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()

    def get_store(self, rule: Rule) -> str:
        return rule.store.slug if rule.store is not None else ""

    def get_words_in(self, rule: Rule) -> dict[str, str]:
        return {language: texts["words"] for language, texts in rule.translations.items() if texts.get("words")}


class MetSerializer(Shown):
    at = serializers.DateTimeField()
    page = serializers.CharField()
    cart = serializers.IntegerField(help_text="Minor units.")
    visits = serializers.IntegerField()


class PreviewSerializer(Shown):
    """Whom it would have met in the last seven days, of visitors who agreed to be recognised."""

    visitors = serializers.IntegerField()
    events = serializers.IntegerField()
    times = serializers.IntegerField()
    people = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    met = MetSerializer(many=True)


def wording_of(wish: dict[str, Any]) -> Wording:
    """The service's shape of a valid input."""
    given = {name: value for name, value in wish.items() if name not in {"store", "words_in"}}
    translations = {language: {"words": words} for language, words in wish["words_in"].items()}
    return Wording(**given, translations=translations)

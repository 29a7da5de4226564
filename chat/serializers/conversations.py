"""Conversations as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chat.models import Conversation, SavedReply, TalkSettings
from chat.services.message_sql import LONGEST_TEXT

Shown = serializers.Serializer[Any]


class ConversationFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(required=False, choices=Conversation.State.choices)
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class ConversationSerializer(Shown):
    ref = serializers.CharField()
    state = serializers.CharField(help_text="waiting, active, ended or missed.")
    store = serializers.CharField(
        source="store.slug", default=None, allow_null=True, help_text="null: the union's support."
    )
    with_support = serializers.BooleanField()
    department = serializers.CharField()
    language = serializers.CharField()
    shopper_name = serializers.CharField()
    manager = serializers.CharField(source="manager.name", default=None, allow_null=True)
    last_seq = serializers.IntegerField()
    last_text = serializers.CharField()
    rating = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class StartedSerializer(ConversationSerializer):
    token = serializers.CharField(
        help_text="For guests only: what `Conversation-Token` then opens it with.", default=None
    )


class NewConversationSerializer(Shown):
    store = serializers.CharField(max_length=60, allow_blank=True, default="", help_text="Empty: the union's support.")
    text = serializers.CharField(max_length=LONGEST_TEXT)
    id = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Yours: sent again, it is said once."
    )
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    email = serializers.EmailField(default="", allow_blank=True)
    department = serializers.CharField(max_length=40, default="", allow_blank=True)


class MessageSerializer(Shown):
    seq = serializers.IntegerField()
    id = serializers.CharField(source="client_id")
    role = serializers.CharField(source="sender.role")
    name = serializers.CharField(source="sender.name")
    kind = serializers.CharField()
    text = serializers.CharField()
    card = serializers.JSONField(allow_null=True)
    at = serializers.DateTimeField()


class MessagesSerializer(Shown):
    results = MessageSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class MessageFilterSerializer(Shown):
    after = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1, help_text="The last number you have.")
    page_size = serializers.IntegerField(default=100, min_value=1, max_value=500)


class NewMessageSerializer(Shown):
    id = serializers.CharField(max_length=64, help_text="Yours: the same one is stored once.")
    kind = serializers.ChoiceField(
        choices=["text", "product", "order", "reservation", "voucher"],
        default="text",
        help_text="What is said or shown.",
    )
    text = serializers.CharField(
        max_length=LONGEST_TEXT, allow_blank=True, default="", help_text="Of a `text`; a card has words of its own."
    )
    card = serializers.DictField(
        child=serializers.JSONField(),
        default=dict,
        help_text='What is shown: `{"product": short name}`, `{"order": number}`, `{"service": key}` of a reservation '
        '(empty: any), `{"voucher": code}`, which only its owner shows.',
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] == "text" and not data["text"].strip():
            raise serializers.ValidationError({"text": serializers.CharField.default_error_messages["blank"]})
        return data


class SaidSerializer(Shown):
    id = serializers.CharField()
    seq = serializers.IntegerField()


class NothingSerializer(Shown):
    """An empty body."""


class AssignSerializer(Shown):
    to = serializers.IntegerField(
        default=0, min_value=0, max_value=2**53, help_text="A manager's id; 0: whoever is next."
    )
    department = serializers.CharField(max_length=40, default="", allow_blank=True)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


class RateSerializer(Shown):
    stars = serializers.IntegerField(min_value=1, max_value=5)
    words = serializers.CharField(max_length=500, default="", allow_blank=True)


class PresenceFilterSerializer(Shown):
    store = serializers.CharField(max_length=2000, default="", allow_blank=True, help_text="Short names, with commas.")


class PresenceSerializer(Shown):
    store = serializers.CharField(help_text="Empty: the union's support.")
    state = serializers.CharField(help_text="here, soon or away.")
    wait = serializers.IntegerField(help_text="Seconds until an answer, about.")
    name = serializers.CharField()
    voice = serializers.BooleanField()
    video = serializers.BooleanField()
    program = serializers.BooleanField()


class PresencesSerializer(Shown):
    results = PresenceSerializer(many=True)


class PlaceSerializer(Shown):
    store = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="For a union's key; empty: support."
    )


class SavedReplySerializer(serializers.ModelSerializer[SavedReply]):
    class Meta:
        model = SavedReply
        fields = ["id", "shortcut", "text", "used"]
        read_only_fields = ["id", "used"]


class SavedRepliesSerializer(Shown):
    results = SavedReplySerializer(many=True)


class TalkSettingsSerializer(serializers.ModelSerializer[TalkSettings]):
    class Meta:
        model = TalkSettings
        fields = [
            "is_open", "greeting", "offline_text", "departments", "offer_seconds", "overflow_seconds", "idle_minutes",
            "voice", "video",
        ]  # fmt: skip

"""Customer responses as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.services.responses.moving import MOVES
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]
ASKED = [kind for kind in CustomerResponse.Kind.choices if kind[0] != CustomerResponse.Kind.REVIEW]
STEPS = ("answer", "write", "resolve", "escalate", "hand_back", "rate")


class ResponseEntrySerializer(Shown):
    step = serializers.CharField(help_text="ask, answer, write, take, escalate, hand_back, resolve, reopen, rate …")
    voice = serializers.CharField(help_text="customer, store, union; empty for what happens by itself.")
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    words = serializers.CharField()
    pictures = serializers.SerializerMethodField(help_text="How many pictures came with it; they stand on the page.")
    is_internal = serializers.BooleanField(help_text="Never shown to the customer.")
    at = serializers.DateTimeField()

    def get_pictures(self, entry: ResponseEntry) -> int:
        return len(entry.pictures)


class ResponseSerializer(Shown):
    """What a customer said and where it stands. `next_actions` are what whoever asks can do with it now."""

    number = serializers.CharField()
    kind = serializers.CharField(help_text="question, complaint, return_wish, review.")
    state = serializers.CharField(help_text="received, in_progress, escalated, resolved, closed; reopened.")
    store = serializers.CharField(source="store.slug")
    order = serializers.CharField(source="order.number", default=None)
    product = serializers.CharField(source="product.slug", default=None)
    words = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    made_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(
        help_text="When the store has to have spoken; null while the clock stands still."
    )
    first_answered_at = serializers.DateTimeField()
    escalated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField()
    satisfaction = serializers.IntegerField(help_text="1 to 5, once it was rated.")
    conversation = serializers.CharField(help_text="In which it is talked about; empty outside of one.")
    next_actions = serializers.SerializerMethodField()
    page_url = serializers.SerializerMethodField(
        help_text="The customer's page, for the customer; who has the address may act for them."
    )
    entries = serializers.SerializerMethodField()

    def get_next_actions(self, response: CustomerResponse) -> list[str]:
        voice = self.context["side"]
        open_to = [step for step in STEPS if voice in MOVES[step].by and response.state in MOVES[step].states]
        if response.kind == CustomerResponse.Kind.REVIEW:
            open_to = [step for step in open_to if step in ("answer", "resolve")]
        if response.state == CustomerResponse.State.ESCALATED and voice == Voice.STORE:
            open_to = [step for step in open_to if step != "resolve"]
        if response.satisfaction is not None:
            open_to = [step for step in open_to if step != "rate"]
        return open_to

    def get_page_url(self, response: CustomerResponse) -> str | None:
        if self.context["side"] != Voice.CUSTOMER:
            return None
        keys = {"union": response.union.slug, "token": response.token}
        return absolute_address(response.union, reverse("orders:response", kwargs=keys))

    def get_entries(self, response: CustomerResponse) -> list[dict[str, Any]]:
        inside = self.context["side"] != Voice.CUSTOMER
        entries = [entry for entry in response.entries.all() if inside or not entry.is_internal]
        shown: list[dict[str, Any]] = [dict(ResponseEntrySerializer(entry).data) for entry in entries]
        return shown


class ResponseFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=CustomerResponse.State.choices, required=False)
    kind = serializers.ChoiceField(choices=CustomerResponse.Kind.choices, required=False)
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class NewResponseSerializer(Shown):
    """A question, complaint or wish to give back, about a store, one of its products, or the customer's own order."""

    store = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=ASKED)
    words = serializers.CharField(max_length=4000)
    product = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    order = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=24, help_text="Its number; with a customer's key."
    )
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True)


class WordsSerializer(Shown):
    words = serializers.CharField(max_length=4000)


class SomeWordsSerializer(Shown):
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=4000)


class SatisfactionSerializer(Shown):
    satisfaction = serializers.IntegerField(min_value=1, max_value=5)
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)

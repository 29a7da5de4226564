"""Price proposals as the API shows and takes them. Of a store's rules it shows nothing, to nobody."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from core.api.money import MoneyField
from orders.models import PriceProposal
from orders.services.cart import MOST_OF_ONE
from orders.services.proposals import open_proposal_moves
from orders.services.proposals.offering import LARGEST
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]


class ProposalStepSerializer(Shown):
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    side = serializers.CharField(help_text="customer, store; empty when it lapsed.")
    price = serializers.IntegerField(help_text="Of one, in minor units.")
    note = serializers.CharField()
    expires_at = serializers.DateTimeField()
    at = serializers.DateTimeField()


class ProposalSerializer(Shown):
    """A price for one piece and where it stands. `next_actions` are what whoever asks can do with it now."""

    number = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="product.slug", default=None)
    sku = serializers.CharField(source="variant.sku", default=None, help_text="None for what is agreed in words.")
    title = serializers.CharField()
    options = serializers.CharField()
    quantity = serializers.IntegerField()
    state = serializers.CharField(help_text="offered, countered, accepted, ordered; declined, expired.")
    proposed_by = serializers.CharField(help_text="Who named the price: customer or store.")
    price = MoneyField(help_text="Of one piece, tax included.")
    list_price = MoneyField(help_text="The usual price when it was named; null for words.")
    expires_at = serializers.DateTimeField()
    next_actions = serializers.SerializerMethodField()
    purchase = serializers.CharField(source="purchase.number", default=None)
    conversation = serializers.CharField(help_text="In which it is talked about; empty outside of one.")
    name = serializers.CharField()
    email = serializers.CharField()
    note = serializers.CharField()
    made_at = serializers.DateTimeField()
    page_url = serializers.SerializerMethodField(help_text="The shopper's page; who has the address may act for them.")
    steps = ProposalStepSerializer(many=True)

    def get_next_actions(self, proposal: PriceProposal) -> list[str]:
        moves = open_proposal_moves(proposal=proposal, side=self.context["side"], now=timezone.now())
        return ["decline" if move == "let_go" else move for move in moves]

    def get_page_url(self, proposal: PriceProposal) -> str:
        keys = {"union": proposal.union.slug, "token": proposal.token}
        return absolute_address(proposal.union, reverse("orders:proposal", kwargs=keys))


class ProposalFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=PriceProposal.State.choices, required=False)
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")
    conversation = serializers.CharField(required=False, max_length=64, help_text="A conversation's reference.")


class NewProposalSerializer(Shown):
    """A price for one piece of a store's stock keeping unit, or, by a store, of what `words` say."""

    store = serializers.CharField(max_length=60)
    sku = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_OF_ONE)
    price = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="Of one piece, in minor units.")
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class AnswerSerializer(Shown):
    """`expected` is the price that is answered: with another one standing the answer is `proposal_moved`."""

    expected = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class NamedPriceSerializer(AnswerSerializer):
    """Another price for one piece."""

    price = serializers.IntegerField(min_value=1, max_value=LARGEST)

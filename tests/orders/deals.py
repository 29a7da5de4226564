"""Shoppers and stores that agree on prices, for the tests about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.references import new_secret
from orders.models import Cart, OrderDraft, PriceProposal, ProposalRule
from orders.queries.cart_review import review_cart
from orders.services.checkout import choose_delivery, save_details
from orders.services.contact import Contact
from orders.services.proposals import accept_price, offer_price
from orders.services.proposals.buying import put_proposal_in_cart
from stores.models import Store, Variant
from tests.factories.orders import DETAILS, NOW, Market, PaymentAccountFactory

ADA = Contact(name="Ada", email="ada@example.com")


def rule_of(variant: Variant, **kwargs: Any) -> ProposalRule:
    """A rule for the variant's product."""
    return ProposalRule.objects.create(
        union_id=variant.union_id, store_id=variant.store_id, product_id=variant.product_id, key=new_secret(9), **kwargs
    )


def offered(there: Market, price: int = 300, *, now: datetime = NOW, **kwargs: Any) -> PriceProposal:
    """A shopper's offer for bread in a conversation."""
    wanted: dict[str, Any] = {"variant": there.bread, "contact": ADA, "conversation": "CONV-1", "side": "customer"}
    return offer_price(store=there.first, price=price, actor=None, now=now, **(wanted | kwargs))


def agreed(there: Market, price: int = 300, **kwargs: Any) -> PriceProposal:
    """The same, and the store has said yes."""
    return accept_price(proposal=offered(there, price, **kwargs), side="store", actor=None, now=NOW)


def ready(cart: Cart, there: Market, *, token: str = "bank:approves", now: datetime = NOW) -> str:
    """Say all that is asked for before it can be bought; returns the digest of its review."""
    account = PaymentAccountFactory(token=token, user=cart.user)
    save_details(cart=cart, details=DETAILS, account=account, now=now)
    choose_delivery(cart=cart, choices={there.first.pk: there.parcel.pk})
    return review_cart(cart=Cart.objects.select_related("union").get(pk=cart.pk), now=now).digest


def agreed_cart(there: Market, proposal: PriceProposal, **kwargs: Any) -> tuple[Cart, str]:
    """A guest's cart with the agreed pieces, and the digest to buy it with."""
    cart = put_proposal_in_cart(proposal=proposal, user=None, token=new_secret(), now=NOW)
    return cart, ready(cart, there, **kwargs)


def store_of(there: Market) -> Store:
    return there.first


def fresh_draft(draft: OrderDraft) -> OrderDraft:
    return OrderDraft.objects.select_related("union", "store", "cart__union").get(pk=draft.pk)

"""Price proposals as each side sees them: the shopper's own, what a link opens, the store's list and its rules."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet

from accounts.models import User
from core.errors import NotFound
from core.references import normalise_reference
from orders.models import PriceProposal, ProposalRule, ProposalStep
from stores.models import ApiKey, Store, Variant
from unions.models import Union

State = PriceProposal.State
VIEWS: dict[str, tuple[str, ...]] = {
    "waiting": (State.OFFERED, State.COUNTERED),
    "agreed": (State.ACCEPTED,),
    "ordered": (State.ORDERED,),
    "off": (State.DECLINED, State.EXPIRED),
    "all": (),
}
"""The tabs of the store's list and their states."""


def rule_for(*, variant: Variant) -> ProposalRule | None:
    """The active rule for the variant, else for its product. One query."""
    found = ProposalRule.objects.filter(union_id=variant.union_id, product=variant.product_id, is_active=True)
    return found.filter(Q(variant=variant) | Q(variant=None)).order_by(F("variant").asc(nulls_last=True)).first()


def takes_offers(*, product_id: int, union: Union) -> bool:
    """Whether shoppers may name a price for it on its page; nothing else of a rule is ever told them. One query."""
    return ProposalRule.objects.filter(union=union, product=product_id, is_active=True).exists()


def products_taking_offers(*, union: Union) -> frozenset[int]:
    """The ids of all products for which shoppers may name a price. One query."""
    rules = ProposalRule.objects.filter(union=union, is_active=True)
    return frozenset(rules.values_list("product", flat=True))


def open_proposals_of(*, store: Store, asker: str, now: datetime) -> int:
    """How many offers of this shopper are open at the store. One query."""
    return PriceProposal.objects.filter(
        union_id=store.union_id, store=store, asker=asker, state__in=VIEWS["waiting"], expires_at__gt=now
    ).count()


def whole(proposals: QuerySet[PriceProposal]) -> QuerySet[PriceProposal]:
    """With all that a page, a card, a mail or an answer of the API shows: two queries whatever their number."""
    steps = ProposalStep.objects.order_by("id")
    return proposals.select_related(
        "union", "store__membership", "product", "variant__product", "user", "purchase"
    ).prefetch_related(Prefetch("steps", steps))


def proposal_by_token(*, union: Union, token: str) -> PriceProposal:
    """The proposal whose link this is. Raises NotFound, also for another union's."""
    return _one(PriceProposal.objects.filter(union=union, token=token) if token else PriceProposal.objects.none())


def proposal_with_all(proposal_id: int) -> PriceProposal:
    """For a task, which has nothing but the id. Raises NotFound."""
    return _one(PriceProposal.objects.filter(pk=proposal_id))


def proposal_in_conversation(*, union: Union, conversation: str, number: str) -> PriceProposal:
    """One that was made in this conversation, by its number. Raises NotFound."""
    if not conversation:
        raise NotFound
    return _one(PriceProposal.objects.filter(union=union, conversation=conversation, number=number))


def proposals_of(user: User) -> QuerySet[PriceProposal]:
    """The person's own in all unions, newest first."""
    return (
        PriceProposal.objects.filter(user=user)
        .select_related("union", "store", "product", "variant")
        .order_by("-changed_at", "-id")
    )


def store_proposals(store: Store, *, view: str = "waiting", words: str = "") -> QuerySet[PriceProposal]:
    """The store's list of a tab, newest change first. `words` finds a number, a name, an address, a title."""
    found = PriceProposal.objects.filter(union_id=store.union_id, store=store)
    if VIEWS[view]:
        found = found.filter(state__in=VIEWS[view])
    for word in words.split():
        number = normalise_reference(word) or word
        found = found.filter(
            Q(number__icontains=number) | Q(name__icontains=word) | Q(email__icontains=word) | Q(title__icontains=word)
        )
    return found.select_related("union", "store", "product", "variant").order_by("-changed_at", "-id")


def store_proposal(store: Store, number: str) -> PriceProposal:
    """One of the store's by its number. Raises NotFound."""
    return _one(PriceProposal.objects.filter(union_id=store.union_id, store=store, number=number))


def store_rules(store: Store) -> QuerySet[ProposalRule]:
    """The store's rules with their goods. One query."""
    return ProposalRule.objects.filter(union_id=store.union_id, store=store).select_related("product", "variant")


def proposals_for(union: Union, key: ApiKey) -> QuerySet[PriceProposal]:
    """What a key sees: a store its own, a union's office all, a customer their own. Newest first."""
    found = PriceProposal.objects.filter(union=union)
    if key.store_id is not None:
        found = found.filter(store=key.store_id)
    elif key.user_id is not None:
        found = found.filter(user=key.user_id)
    return whole(found).order_by("-id")


def proposal_for(union: Union, key: ApiKey | None, number: str, *, token: str = "") -> PriceProposal:
    """The proposal with this number, for a key that may see it or a guest with its token. Raises NotFound."""
    if key is None:
        if not token:
            raise NotFound
        return _one(PriceProposal.objects.filter(union=union, number=number, token=token))
    found = proposals_for(union, key).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def _one(proposals: QuerySet[PriceProposal]) -> PriceProposal:
    found = whole(proposals).first()
    if found is None:
        raise NotFound
    return found

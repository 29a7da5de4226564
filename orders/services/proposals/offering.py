"""Naming a price, and naming another one; the store's rule answers a shopper in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, constraint_of
from core.references import new_reference, new_secret
from orders.errors import AmountTooLarge, BadQuantity, NoProposals, TooManyOpen, VariantNotSold
from orders.models import PriceProposal, ProposalRule, ProposalStep, Side
from orders.queries.proposals import open_proposals_of, rule_for
from orders.services.cart import MOST_OF_ONE
from orders.services.contact import Contact
from orders.services.proposals.agreeing import accept_by_rule, check_rights
from orders.services.proposals.answering import answer_to
from orders.services.proposals.moving import move_proposal, tell
from stores.models import Product, Store, TaxClass, Variant
from stores.services.stock import OutOfStock
from unions.models import Membership

State = PriceProposal.State
MOST_OPEN = 5
LARGEST = 10**13
WAITS = timedelta(hours=24)
LONGEST = timedelta(days=30)
ROUNDS_WITHIN = timedelta(days=1)
HOUSEHOLD = 2
"""Shoppers behind one network address to whom a rule answers as often as it would to one."""


@transaction.atomic
def offer_price(
    *,
    store: Store,
    price: int,
    side: str,
    contact: Contact,
    actor: User | None,
    now: datetime,
    variant: Variant | None = None,
    product: Product | None = None,
    words: str = "",
    kind: str = Product.Kind.GOODS,
    quantity: int = 1,
    note: str = "",
    conversation: str = "",
    asker: str = "",
    address: str | None = None,
    key: str = "",
    lasting: timedelta | None = None,
    told: bool = True,
) -> PriceProposal:
    """Name a price for one piece of a variant, of a product with one variant, or of what `words` say.

    `store` comes with its union and membership. A shopper's offer may be answered at once by the store's rule. Outside
    of a conversation a shopper offers only for what has a rule, and says an e-mail address. `asker` names a shopper
    without account for the count of answers, `address` is the shopper's network address. `key` (begin it with what is
    the caller's alone) makes one proposal only.
    With `told=False` nothing is published: whoever calls tells of it. Raises Invalid, BadQuantity, VariantNotSold,
    NoProposals, TooManyOpen, BeyondRights, AmountTooLarge.
    """
    if key and (made := PriceProposal.objects.filter(union_id=store.union_id, key=key).first()):
        return made
    variant = variant or _only_variant(store, product)
    rule = rule_for(variant=variant) if variant else None
    contact = _checked(contact, side=side, conversation=conversation)
    asker = _asker(contact, asker, conversation) if told else ""
    _check_offer(store, variant, words, price=price, quantity=quantity)
    if side == Side.STORE:
        check_rights(store=store, rule=rule, price=price, actor=actor)
    elif not conversation and rule is None:
        raise NoProposals
    else:
        _check_shoppers(store, variant, price=price, asker=asker, now=now)
    proposal = PriceProposal(
        **_what(store, variant, words, kind),
        number=new_reference(store.union.prefix),
        token=new_secret(),
        key=key[:80],
        state=State.OFFERED,
        proposed_by=side,
        quantity=quantity,
        price=price,
        expires_at=now + waiting_time(rule=rule, lasting=lasting),
        user=contact.user,
        asker=asker,
        origin=_origin(address, now=now),
        name=contact.name,
        email=contact.email,
        language=contact.language or store.union.default_language,
        note=note.strip()[:500],
        conversation=conversation[:64],
        made_at=now,
        changed_at=now,
    )
    if not _saved(proposal):
        return PriceProposal.objects.get(union_id=store.union_id, key=key)
    step = _write_first_step(proposal, actor=actor, now=now)
    if told:
        tell(steps=[(proposal.pk, State.OFFERED, step.pk)])
    if side == Side.CUSTOMER:
        answer_by_rule(proposal=proposal, rule=rule, now=now)
    proposal.refresh_from_db()
    return proposal


def _what(store: Store, variant: Variant | None, words: str, kind: str) -> dict[str, Any]:
    """What the price is for, as it is now: the variant, or only words."""
    here = {"union_id": store.union_id, "store": store, "currency": store.union.currency}
    if variant is None:
        return {**here, "tax_class_id": _usual_tax(store).pk, "kind": kind, "title": " ".join(words.split())[:200]}
    return {
        **here,
        "product_id": variant.product_id,
        "variant": variant,
        "tax_class_id": variant.product.tax_class_id,
        "kind": variant.product.kind,
        "title": variant.product.title[:200],
        "options": variant.options_text[:200],
        "list_price": variant.price,
    }


def _write_first_step(proposal: PriceProposal, *, actor: User | None, now: datetime) -> ProposalStep:
    return ProposalStep.objects.create(
        union_id=proposal.union_id,
        proposal=proposal,
        to_state=proposal.state,
        side=proposal.proposed_by,
        actor=actor,
        price=proposal.price,
        expires_at=proposal.expires_at,
        note=proposal.note,
        at=now,
    )


def answer_by_rule(*, proposal: PriceProposal, rule: ProposalRule | None, now: datetime) -> None:
    """Let the store's rule answer what the shopper has just named, in the caller's transaction, if it has an answer.

    Nothing in the answer tells it from a person's, and nothing in it names the rule.
    """
    if rule is None or not rule.is_active:
        return
    own = Q(asker=proposal.asker)
    near = Q(origin=proposal.origin) if proposal.origin else own
    given = PriceProposal.objects.filter(
        own | near, union=proposal.union_id, product=rule.product_id, made_at__gt=now - ROUNDS_WITHIN
    ).aggregate(own=Sum("rounds", filter=own, default=0), near=Sum("rounds", filter=near, default=0))
    named = proposal.steps.filter(side=Side.STORE, to_state__in=PriceProposal.OPEN).order_by("-id")
    answer = answer_to(
        offer=proposal.price,
        rule=rule,
        rounds=max(given["own"], given["near"] // HOUSEHOLD),
        standing=named.values_list("price", flat=True).first(),
        list_price=proposal.list_price,
    )
    if answer is None:
        return
    if answer.move == "accept":
        try:
            with transaction.atomic():
                accept_by_rule(proposal=proposal, rule=rule, now=now)
        except OutOfStock:
            # Nothing is left to agree about: a person says so.
            return
    else:
        move_proposal(
            proposal=proposal,
            move=answer.move,
            side=Side.STORE,
            actor=None,
            now=now,
            price=answer.price,
            expires_at=now + waiting_time(rule=rule, lasting=None) if answer.move == "counter" else None,
            by_rule=True,
        )


def waiting_time(*, rule: ProposalRule | None, lasting: timedelta | None) -> timedelta:
    """How long a named price waits for its answer."""
    if lasting is not None:
        return max(timedelta(minutes=1), min(lasting, LONGEST))
    return timedelta(minutes=rule.answer_minutes) if rule else WAITS


def _asker(contact: Contact, asker: str, conversation: str) -> str:
    """Whose answers are counted together: the account's, else the browser's, the address's, the conversation's."""
    if contact.user is not None:
        return f"user:{contact.user.pk}"
    return (asker or (f"email:{contact.email}" if contact.email else conversation))[:80]


def _origin(address: str | None, *, now: datetime) -> str:
    """Tells offers of one day and network address from others, and nobody where it was."""
    if not address:
        return ""
    return salted_hmac("orders.proposals.origin", f"{now.date()} {address}", algorithm="sha256").hexdigest()


def _only_variant(store: Store, product: Product | None) -> Variant | None:
    if product is None:
        return None
    found = list(
        Variant.objects.filter(union_id=store.union_id, store=store, product=product, is_active=True)
        .select_related("product")
        .order_by("position", "id")[:2]
    )
    if not found:
        raise VariantNotSold
    if len(found) > 1:
        raise Invalid(_("Choose which one."), field="variant")
    return found[0]


def _checked(contact: Contact, *, side: str, conversation: str) -> Contact:
    contact = contact.completed()
    if side == Side.CUSTOMER and not conversation and not contact.email:
        raise Invalid(_("An e-mail address is needed: the answer is written to it."), field="email")
    return contact


def _check_offer(store: Store, variant: Variant | None, words: str, *, price: int, quantity: int) -> None:
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    if price < 1:
        raise Invalid(_("Name a price."), field="price")
    if price * quantity > LARGEST:
        raise AmountTooLarge
    if store.membership.state != Membership.State.ACTIVE or not store.is_published:
        raise VariantNotSold
    if variant is None:
        if not words.strip():
            raise Invalid(_("Say what the price is for."), field="words")
    elif variant.store_id != store.pk or not (variant.is_active and variant.product.is_published):
        raise VariantNotSold


def _check_shoppers(store: Store, variant: Variant | None, *, price: int, asker: str, now: datetime) -> None:
    """A shopper has a few offers open at once, and none above the price that stands there."""
    if open_proposals_of(store=store, asker=asker, now=now) >= MOST_OPEN:
        raise TooManyOpen
    if variant is not None and price > variant.price:
        raise Invalid(_("It costs less than that."), field="price")


def _usual_tax(store: Store) -> TaxClass:
    """The tax class that most of the store's goods have, else the union's highest."""
    classes = TaxClass.objects.filter(union_id=store.union_id)
    from_goods = (
        Product.objects.filter(union_id=store.union_id, store=store)
        .values("tax_class")
        .annotate(goods=Count("pk"))
        .order_by("-goods", "tax_class")
        .values_list("tax_class", flat=True)
        .first()
    )
    usual = classes.filter(pk=from_goods).first() if from_goods else classes.order_by("-rate_bp", "id").first()
    if usual is None:
        raise Invalid(_("The union has no tax classes yet."), field="words")
    return usual


def _saved(proposal: PriceProposal) -> bool:
    """False when the key was used at the same moment."""
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == "proposal_key_once":
            return False
        raise
    return True

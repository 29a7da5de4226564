"""A rule speaks: the invitation pops up at the shopper, a window opens at the consoles, and what follows."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from chat.models import Conversation, Invitation, Rule
from chat.queries.blocks import refusal_to
from chat.queries.shoppers import Shopper, open_conversations
from chat.services.conversations import start_conversation
from chat.services.routing import offer_waiting
from chat.services.showing import console_topic
from core.errors import NotFound, WrongState
from core.live import announce
from core.localized import localized
from core.references import new_secret
from stores.models import Product
from unions.services.browsing import has_withdrawn, lock_visitor
from unions.visits import Visit

State = Invitation.State
LIVES = timedelta(minutes=30)
"""An invitation that nobody answered for so long cannot be accepted any more."""
LAST_PAGES = 8


def may_be_met(*, shopper: Shopper, store_id: int | None, now: datetime) -> bool:
    """Not in the middle of a conversation, and not somebody to whom the rule's store, or the union, does not talk.

    Two queries, and only for a match.
    """
    if refusal_to(shopper, store_id, now=now) is not None:
        return False
    if not (shopper.visitor or shopper.user):
        return True
    talking = open_conversations(shopper).exclude(state=Conversation.State.MISSED)
    return not talking.exists()


@transaction.atomic
def invite(
    *, shopper: Shopper, is_recognised: bool, since: float, topics: list[str], rule_id: int, visit: Visit, now: datetime
) -> Invitation | None:
    """Show the rule's invitation at the shopper's windows (`topics`) and at the consoles; or connect at once.

    None when the rule has been removed in the meantime. Without recognition nothing of the visitor is kept, nor when
    they withdrew their consent after `since`, when it was read: erasing waits for this transaction or comes before it.
    """
    if is_recognised:
        lock_visitor(visitor=shopper.visitor)
        is_recognised = not has_withdrawn(visitor=shopper.visitor, since=since)
    rule = Rule.objects.filter(union=shopper.union, pk=rule_id).select_related("store", "union").first()
    if rule is None:
        return None
    why = why_of(rule=rule, visit=visit)
    invitation = Invitation.objects.create(
        union=shopper.union,
        store=rule.store,
        rule=rule,
        ref=new_secret(18),
        visitor=shopper.visitor if is_recognised else "",
        customer=shopper.user if is_recognised else None,
        why=why if is_recognised else {},
        shown_at=now,
    )
    if rule.action == Rule.Action.CONNECT and (shopper.visitor or shopper.user):
        accept_invitation(shopper=shopper, invitation=invitation, page=visit.page, now=now)
    frame = invite_frame(invitation=invitation, item=visit.product, language=shopper.language)
    console = console_frame(invitation=invitation, why=why)
    at_consoles = console_topic(union_id=shopper.union.pk, store_id=rule.store_id)
    transaction.on_commit(
        lambda: announce({**dict.fromkeys(topics, frame), at_consoles: console}),
        robust=True,
    )
    return invitation


def why_of(*, rule: Rule, visit: Visit) -> dict[str, Any]:
    """What the manager is told: which rule, and what the shopper looked at."""
    return {
        "rule": rule.name,
        "page": visit.page,
        "product": visit.product,
        "pages": list(visit.pages)[-LAST_PAGES:],
        "cart": visit.cart,
        "item": visit.item,
        "visits": visit.visits,
        "seconds": visit.seconds,
        "empty_searches": visit.empty_searches,
        "words": visit.words,
    }


def invite_frame(*, invitation: Invitation, item: str, language: str) -> dict[str, Any]:
    """`invite` as it goes to the shopper."""
    rule = invitation.rule
    return {
        "type": "invite",
        "invitation": invitation.ref,
        "state": invitation.state,
        "rule": rule.ref,
        "quiet": rule.cooldown_minutes * 60,
        "store": {"slug": rule.store.slug, "name": localized(rule.store, "name", language)} if rule.store else None,
        "words": localized(rule, "words", language),
        "picture": _picture(rule, item),
        "offer": rule.offer,
        "free_minutes": rule.free_minutes,
        "conversation": invitation.conversation.ref if invitation.conversation else None,
        "until": (invitation.shown_at + LIVES).isoformat(),
    }


def console_frame(*, invitation: Invitation, why: dict[str, Any]) -> dict[str, Any]:
    """`invite` as it goes to the consoles. `mark` tells invitations apart; their reference is the shopper's own."""
    return {
        "type": "invite",
        "mark": _mark_of(invitation),
        "state": invitation.state,
        "why": why,
        "known": bool(invitation.visitor or invitation.customer_id),
        "conversation": invitation.conversation.ref if invitation.conversation else None,
        "at": invitation.shown_at.isoformat(),
    }


def _mark_of(invitation: Invitation) -> str:
    return hashlib.sha256(invitation.ref.encode()).hexdigest()[:16]


def _picture(rule: Rule, item: str) -> str:
    """The address of a picture, or an empty text."""
    path = rule.own_picture if rule.picture == Rule.Picture.OWN else ""
    if rule.picture == Rule.Picture.STORE and rule.store is not None:
        path = rule.store.picture
    if rule.picture == Rule.Picture.ITEM and item:
        store, _slash, slug = item.partition("/")
        cover = Product.objects.filter(union=rule.union_id, store__slug=store, slug=slug, is_published=True)
        path = cover.values_list("cover", flat=True).first() or ""
    return settings.MEDIA_URL + path if path else ""


def invitation_of(*, shopper: Shopper, ref: str) -> Invitation:
    """The shopper's own. One shown without recognition belongs to whoever knows its secret reference.

    Raises NotFound.
    """
    invitation = (
        Invitation.objects.filter(union=shopper.union, ref=ref)
        .select_related("rule__store", "rule__union", "conversation")
        .first()
    )
    if invitation is None:
        raise NotFound
    named = invitation.visitor or invitation.customer_id
    mine = (invitation.visitor and invitation.visitor == shopper.visitor) or (
        invitation.customer_id is not None and shopper.user is not None and invitation.customer_id == shopper.user.pk
    )
    if named and not mine:
        raise NotFound
    return invitation


@transaction.atomic
def accept_invitation(*, shopper: Shopper, invitation: Invitation, page: str = "", now: datetime) -> Conversation:
    """The shopper's conversation with the store, offered to a manager. Accepting twice is once.

    Raises WrongState for one that was declined or is too old; Blocked, TooMany.
    """
    locked = Invitation.objects.select_for_update().get(union=invitation.union_id, pk=invitation.pk)
    if locked.state == State.ACCEPTED and locked.conversation_id is not None:
        return Conversation.objects.get(union=invitation.union_id, pk=locked.conversation_id)
    if locked.state != State.SHOWN or now - locked.shown_at > LIVES:
        raise WrongState(state=locked.state)
    rule = invitation.rule
    conversation = start_conversation(
        shopper=shopper,
        store=rule.store,
        page=page,
        origin=Conversation.Origin.INVITATION,
        free_minutes=rule.free_minutes or None,
        now=now,
    )
    _answer(invitation, State.ACCEPTED, conversation=conversation, now=now)
    offer_waiting(union=shopper.union, store=rule.store, now=now)
    conversation.refresh_from_db()
    return conversation


@transaction.atomic
def decline_invitation(*, invitation: Invitation, now: datetime) -> None:
    """Not now; the rule's cooldown says when it may ask again. Declining twice is once. Raises WrongState."""
    locked = Invitation.objects.select_for_update().get(union=invitation.union_id, pk=invitation.pk)
    if locked.state == State.DECLINED:
        return
    if locked.state != State.SHOWN:
        raise WrongState(state=locked.state)
    _answer(invitation, State.DECLINED, conversation=None, now=now)


@transaction.atomic
def forget_invited(*, visitor: str, before: datetime) -> int:
    """A visitor withdrew their consent: only that a rule spoke, and what came of it, is kept. Returns how many rows.

    In all unions. What was shown after `before`, with a new consent, stays, so that hearing of it twice is once.
    """
    if not visitor:
        return 0
    lock_visitor(visitor=visitor)
    with scopes_disabled():
        theirs = Invitation.objects.filter(visitor=visitor, shown_at__lte=before)
        return theirs.update(visitor="", customer=None, why={})


def _answer(invitation: Invitation, state: str, *, conversation: Conversation | None, now: datetime) -> None:
    Invitation.objects.filter(union=invitation.union_id, pk=invitation.pk).update(
        state=state, conversation=conversation, answered_at=now
    )
    invitation.state, invitation.conversation, invitation.answered_at = state, conversation, now
    topic = console_topic(union_id=invitation.union_id, store_id=invitation.store_id)
    frame = console_frame(invitation=invitation, why=invitation.why)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)

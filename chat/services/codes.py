"""Issuing, entering and taking back sign-in codes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat import events
from chat.models import AccessCode, Campaign, CodeUse, Conversation, Manager, Message
from chat.models.conversation import PRIORITY_OF_CODES
from chat.queries.codes import CodeUnknown, find_code, live
from chat.queries.secrets import derived, hashed
from chat.queries.shoppers import Shopper
from chat.services.conversations import shopper_voice, start_conversation
from chat.services.guessing import count_wrong_code, refuse_guessers
from chat.services.messages import Posting, notice, post
from chat.services.queueing import show_queue_of
from chat.services.routing import deal_alone, offer_waiting
from chat.services.showing import show_conversation
from core.errors import Invalid, WrongState
from core.moments import require_plausible
from core.outbox import publish_all
from stores.models import Product, Store
from unions.models import Union

MOST_AT_ONCE = 5_000
MOST_USES = 10**9


@dataclass(frozen=True)
class Person:
    """For whom a code is made. `reference` is their number with whoever keeps the list."""

    name: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    reference: str = ""
    customer: User | None = None


@transaction.atomic
def save_campaign(
    *, union: Union, store: Store | None, campaign: Campaign | None, actor: User | None, now: datetime, **values: object
) -> Campaign:
    """Open a campaign or change one. Raises Invalid for a product, manager or short name that is not its own."""
    campaign = campaign or Campaign(union=union, store=store, created_by=actor, created_at=now)
    for name, value in values.items():
        setattr(campaign, name, value)
    require_plausible(moment=campaign.expires_at, field="expires_at")
    product: Product | None = campaign.product
    if product is not None and (product.union_id != union.pk or (store is not None and product.store_id != store.pk)):
        raise Invalid(field="product")
    manager: Manager | None = campaign.manager
    if manager is not None and (manager.union_id, manager.store_id) != (union.pk, store.pk if store else None):
        raise Invalid(field="manager")
    taken = Campaign.objects.filter(union=union, short=campaign.short).exclude(pk=campaign.pk)
    if taken.exists():
        raise Invalid(_("There is a campaign with this short name already."), field="short")
    campaign.save()
    return campaign


@transaction.atomic
def end_campaign(*, campaign: Campaign, now: datetime) -> None:
    """From now on none of its codes opens anything."""
    Campaign.objects.filter(union=campaign.union_id, pk=campaign.pk, ended_at=None).update(ended_at=now)


@transaction.atomic
def issue_codes(
    *,
    campaign: Campaign,
    persons: Sequence[Person],
    max_uses: int | None = 1,
    expires_at: datetime | None = None,
    now: datetime,
) -> list[AccessCode]:
    """One code for each; who stands in the campaign already (by number, else by address) keeps theirs.

    Returns the new ones. Raises Invalid for too many at once.
    """
    if len(persons) > MOST_AT_ONCE:
        raise Invalid(_("That is too many at once."), field="quantity")
    return _insert(
        campaign, [_code(campaign, person, "", max_uses=max_uses, expires_at=expires_at, now=now) for person in persons]
    )


@transaction.atomic
def issue_print_codes(
    *,
    campaign: Campaign,
    label: str,
    quantity: int,
    max_uses: int | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> list[AccessCode]:
    """Codes for printed matter: one for a poster, or many for leaflets. Raises Invalid."""
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise Invalid(field="quantity")
    if campaign.ended_at is not None:
        raise WrongState(state="ended")
    nobody = Person()
    return _insert(
        campaign,
        [
            _code(campaign, nobody, label, max_uses=max_uses, expires_at=expires_at, now=now)
            for _number in range(quantity)
        ],
    )


@transaction.atomic
def revoke_code(*, campaign: Campaign, code_id: int, now: datetime) -> bool:
    """Take a code back; what was begun with it goes on. False when it was taken back before."""
    mine = AccessCode.objects.filter(union=campaign.union_id, campaign=campaign, pk=code_id, revoked_at=None)
    return bool(mine.update(revoked_at=now))


@transaction.atomic
def mail_codes(*, campaign: Campaign, now: datetime) -> int:
    """Ask for a mail to everybody on it with an address who has none yet. Says to how many."""
    waiting = AccessCode.objects.filter(live(now), union=campaign.union_id, campaign=campaign, mailed_at=None)
    wanted = waiting.exclude(email="")
    keys = list(wanted.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    AccessCode.objects.filter(pk__in=keys).update(mailed_at=now)
    publish_all([(events.CODE_TO_MAIL, f"code:{key}", {"code_id": key}) for key in keys])
    return len(keys)


def note_scan(*, code: AccessCode, now: datetime) -> None:
    """Somebody opened the address of a code. One statement, so that two at once are two."""
    day = now.astimezone(ZoneInfo(code.union.time_zone)).date()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO chat_campaignday AS kept (union_id, campaign_id, day, scans) VALUES (%s, %s, %s, 1)
            ON CONFLICT (union_id, campaign_id, day) DO UPDATE SET scans = kept.scans + 1
            """,
            [code.union_id, code.campaign_id, day],
        )


def look_up_code(*, shopper: Shopper, text: str, now: datetime) -> AccessCode:
    """The live code that was typed; wrong ones are counted against guessing. Raises CodeUnknown, TooMany."""
    refuse_guessers(visitor=shopper.visitor, address=shopper.address)
    try:
        return find_code(shopper.union, text, now=now)
    except CodeUnknown:
        count_wrong_code(visitor=shopper.visitor, address=shopper.address)
        raise


def enter_code(*, shopper: Shopper, text: str, page: str = "", now: datetime) -> tuple[AccessCode, Conversation]:
    """Use a code: it leads to the item, and to the right representative by a conversation of its own.

    Who has entered it before comes back without using it again. Raises CodeUnknown (also when it is used up),
    TooMany, Blocked.
    """
    code = look_up_code(shopper=shopper, text=text, now=now)
    with transaction.atomic():
        deal_alone(union_id=shopper.union.pk)
        use = _use(code, shopper, now=now)
        campaign = code.campaign
        store = campaign.store or (campaign.product.store if campaign.product else None)
        conversation = start_conversation(
            shopper=shopper,
            store=store,
            name=code.name,
            email=code.email,
            department=campaign.department,
            page=page,
            origin=Conversation.Origin.CODE,
            now=now,
        )
        if conversation.origin == Conversation.Origin.CODE and conversation.last_seq == 0:
            _first_words(conversation, campaign, now=now)
        wanted = campaign.manager.user if campaign.manager else None
        Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk).update(
            wanted=wanted or conversation.wanted, priority=max(conversation.priority, PRIORITY_OF_CODES)
        )
        CodeUse.objects.filter(union=use.union_id, pk=use.pk).update(conversation=conversation)
        offer_waiting(union=shopper.union, store=store, now=now)
        conversation.refresh_from_db()
        show_conversation(conversation=conversation)
        show_queue_of(conversation=conversation, now=now)
    return code, conversation


def _first_words(conversation: Conversation, campaign: Campaign, *, now: datetime) -> None:
    if campaign.product is not None:
        voice = shopper_voice(conversation=conversation)
        card = {"product": campaign.product.pk}
        post(
            conversation=conversation,
            postings=[Posting(voice, Message.Kind.PRODUCT, campaign.product.title, card)],
            now=now,
        )
    notice(
        conversation=conversation,
        text=f"Came with a code of “{campaign.name}”.",
        card={"what": "code", "name": campaign.name},
        now=now,
    )


def _use(code: AccessCode, shopper: Shopper, *, now: datetime) -> CodeUse:
    """Count one use, or find the one of before. The code's row is locked first, so the last use goes to one only."""
    locked = AccessCode.objects.select_for_update(of=("self",)).filter(live(now), pk=code.pk).first()
    if locked is None:
        raise CodeUnknown
    mine = Q(visitor=shopper.visitor)
    if shopper.user is not None:
        mine |= Q(customer=shopper.user)
    before = CodeUse.objects.filter(mine, union=code.union_id, code=code).first()
    if before is not None:
        return before
    if locked.max_uses is not None and locked.uses >= locked.max_uses:
        raise CodeUnknown
    AccessCode.objects.filter(union=code.union_id, pk=code.pk).update(uses=F("uses") + 1)
    return CodeUse.objects.create(
        union_id=code.union_id, code=code, visitor=shopper.visitor, customer=shopper.user, at=now
    )


@transaction.atomic
def claim_codes(*, user: User, visitor: str) -> int:
    """At sign-in, what this browser entered becomes the person's. Returns how many."""
    if not visitor:
        return 0
    return CodeUse.objects.filter(visitor=visitor, customer=None).update(customer=user)


def _code(
    campaign: Campaign, person: Person, label: str, *, max_uses: int | None, expires_at: datetime | None, now: datetime
) -> AccessCode:
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise Invalid(field="max_uses")
    require_plausible(moment=expires_at, field="expires_at")
    nonce = secrets.token_hex(16)
    return AccessCode(
        union=campaign.union,
        campaign=campaign,
        nonce=nonce,
        code_hash=hashed(derived(campaign.union.prefix, nonce)),
        label=label,
        max_uses=max_uses,
        customer=person.customer,
        reference=person.reference,
        name=person.name,
        email=person.email.strip().lower(),
        address=person.address,
        language=person.language or campaign.union.default_language,
        created_at=now,
        expires_at=expires_at,
    )


def _insert(campaign: Campaign, codes: list[AccessCode]) -> list[AccessCode]:
    """Those that were really added: a second run, or two at once, add nobody twice."""
    hashes = [code.code_hash for code in codes]
    AccessCode.objects.bulk_create(codes, ignore_conflicts=True, batch_size=1000)
    return list(AccessCode.objects.filter(union=campaign.union_id, code_hash__in=hashes).order_by("pk"))


@transaction.atomic
def mark_printed(*, campaign: Campaign, code_ids: Sequence[int], now: datetime) -> None:
    """Their letters were made."""
    AccessCode.objects.filter(union=campaign.union_id, campaign=campaign, pk__in=code_ids).update(printed_at=now)

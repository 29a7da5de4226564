"""Campaigns, their codes and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.models import AccessCode, Campaign, CampaignDay, CodeUse, ListImport
from chat.queries.secrets import hashes_of, normalised, plain_of
from core.errors import DomainError, NotFound
from core.statements import tuples_of
from stores.models import Store
from unions.models import Union
from unions.queries import absolute_address


class CodeUnknown(DomainError):
    """No such code here: mistyped, of another union, revoked, over, used up. Guessers learn nothing of which."""

    code = "code_unknown"
    status = 404
    detail = _("This code does not open anything here. Look whether it is typed right, and whether it is still valid.")


def campaigns_at(union: Union, store: Store | None) -> QuerySet[Campaign]:
    """A store's campaigns, or those of the union's office."""
    return Campaign.objects.filter(union=union, store=store).select_related("product", "manager__user", "store")


def campaign_at(union: Union, store: Store | None, short: str) -> Campaign:
    """Raises NotFound, also for another store's."""
    campaign = campaigns_at(union, store).filter(short=short).select_related("union").first()
    if campaign is None:
        raise NotFound
    return campaign


def codes_at(campaign: Campaign) -> QuerySet[AccessCode]:
    """A campaign's codes, newest first."""
    return AccessCode.objects.filter(union=campaign.union_id, campaign=campaign)


def codes_of_place(union: Union, store: Store | None) -> QuerySet[AccessCode]:
    """Those of a store's campaigns, or of the union's own, newest first."""
    return AccessCode.objects.filter(union=union, campaign__store=store).select_related("campaign__union")


def import_at(campaign: Campaign, ref: str) -> ListImport:
    """Raises NotFound."""
    found = ListImport.objects.filter(union=campaign.union_id, campaign=campaign, ref=ref).first()
    if found is None:
        raise NotFound
    return found


def live(now: datetime) -> Q:
    """Codes that still open something."""
    return (
        Q(revoked_at=None, campaign__ended_at=None)
        & (Q(expires_at=None) | Q(expires_at__gt=now))
        & (Q(campaign__expires_at=None) | Q(campaign__expires_at__gt=now))
    )


def find_code(union: Union, text: str, *, now: datetime) -> AccessCode:
    """The live code that somebody typed; whether it is used up is asked when it is used. Raises CodeUnknown."""
    plain = normalised(union.prefix, text)
    code = (
        AccessCode.objects.filter(live(now), union=union, code_hash__in=hashes_of(plain))
        .select_related("campaign__product__store", "campaign__store", "campaign__manager", "union")
        .first()
        if plain
        else None
    )
    if code is None:
        raise CodeUnknown
    return code


def plain_code(code: AccessCode, union: Union) -> str:
    """The code itself, for a letter or a mail."""
    return plain_of(union.prefix, code.nonce, code.code_hash)


def code_address(union: Union, plain: str) -> str:
    """What the QR opens."""
    return absolute_address(union, reverse("talk:code_link", args=[union.slug, plain]))


@dataclass(frozen=True)
class Figures:
    """What came of a campaign: its addresses opened, browsers that entered a code, and what they did then."""

    issued: int
    scans: int
    visitors: int
    conversations: int
    orders: int


_ORDERS = """
SELECT codes.campaign_id, count(DISTINCT orders.id)
FROM chat_codeuse AS used
JOIN chat_accesscode AS codes ON codes.id = used.code_id
JOIN chat_campaign AS campaign ON campaign.id = codes.campaign_id
LEFT JOIN chat_conversation AS talk ON talk.id = used.conversation_id
JOIN orders_purchase AS purchase ON purchase.union_id = used.union_id
    AND purchase.user_id = coalesce(used.customer_id, talk.customer_id)
    AND purchase.placed_at BETWEEN used.at AND used.at + interval '30 days'
JOIN orders_order AS orders ON orders.purchase_id = purchase.id AND orders.state NOT IN ('placed', 'cancelled')
    AND (campaign.store_id IS NULL OR orders.store_id = campaign.store_id)
WHERE used.union_id = %(union)s AND codes.campaign_id = ANY(%(campaigns)s)
GROUP BY codes.campaign_id
"""


def figures_of(union: Union, campaigns: list[Campaign]) -> dict[int, Figures]:
    """By campaign; four queries, however many there are.

    An order counts when a person who entered the code paid it at the store within thirty days.
    """
    keys = [campaign.pk for campaign in campaigns]
    issued = _counted(AccessCode.objects.filter(union=union, campaign__in=keys).values_list("campaign"), Count("pk"))
    scans = _counted(CampaignDay.objects.filter(union=union, campaign__in=keys).values_list("campaign"), Sum("scans"))
    used = {
        row["code__campaign"]: row
        for row in CodeUse.objects.filter(union=union, code__campaign__in=keys)
        .values("code__campaign")
        .annotate(visitors=Count("visitor", distinct=True), talks=Count("conversation", distinct=True))
        .order_by()
    }
    orders: dict[int, int] = dict(tuples_of(_ORDERS, {"union": union.pk, "campaigns": keys}))
    nothing = {"visitors": 0, "talks": 0}
    return {
        key: Figures(
            issued.get(key, 0),
            scans.get(key, 0),
            used.get(key, nothing)["visitors"],
            used.get(key, nothing)["talks"],
            orders.get(key, 0),
        )
        for key in keys
    }


def days_of(campaign: Campaign) -> list[tuple[date, int]]:
    """How often its addresses were opened, day by day."""
    return list(CampaignDay.objects.filter(union=campaign.union_id, campaign=campaign).values_list("day", "scans"))


def unused(codes: QuerySet[AccessCode], *, now: datetime) -> QuerySet[AccessCode]:
    """Those that still open something and have a use left."""
    left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    return codes.filter(live(now) & left).annotate(was_used=Exists(CodeUse.objects.filter(code=OuterRef("pk"))))


def _counted(rows: Any, how: Any) -> dict[int, int]:
    return dict(rows.annotate(figure=how).order_by())

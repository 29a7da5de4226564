"""What a shopper is to a union: paying member, holder of codes, on pre-qualified lists.

Engagement rules and routing ask here, so that neither knows how dues, codes and lists are kept.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from chat.models import AccessCode, Campaign, CodeUse, PreferredBuyer
from chat.queries.codes import live
from chat.queries.members import member_now
from chat.queries.shoppers import Shopper


def is_member(shopper: Shopper) -> bool:
    """Whether the shopper is a preferred buyer, of the union or a store in it, whose dues are paid."""
    if shopper.user is None:
        return False
    mine = PreferredBuyer.objects.filter(member_now(timezone.now()), union=shopper.union, customer=shopper.user)
    return mine.exists()


def codes_of(shopper: Shopper) -> frozenset[str]:
    """The campaigns (their short names) whose sign-in codes the shopper has used and that still hold. One query."""
    who = Q(pk=None)
    if shopper.visitor:
        who |= Q(visitor=shopper.visitor, customer=None)
    if shopper.user is not None:
        who |= Q(customer=shopper.user)
    used = CodeUse.objects.filter(who, union=shopper.union).values("code")
    codes = AccessCode.objects.filter(live(timezone.now()), union=shopper.union, pk__in=used)
    return frozenset(codes.values_list("campaign__short", flat=True))


def lists_of(shopper: Shopper) -> frozenset[str]:
    """The pre-qualified lists (their short names) the shopper stands on. One query.

    A person stands on it with their account or with an e-mail address they have proved; a browser by having entered
    the code that was made for somebody on it.
    """
    who = Q(pk=None)
    if shopper.user is not None:
        addresses = EmailAddress.objects.filter(user=shopper.user, verified=True).values(address=Lower("email"))
        who |= Q(customer=shopper.user) | Q(email__in=addresses) | Q(used__customer=shopper.user)
    if shopper.visitor:
        who |= Q(used__visitor=shopper.visitor, used__customer=None)
    codes = AccessCode.objects.filter(who, live(timezone.now()), union=shopper.union, campaign__kind=Campaign.Kind.LIST)
    return frozenset(codes.values_list("campaign__short", flat=True))

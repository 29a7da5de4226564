"""What this app and the accounts below it keep of a person, and which posts have to be handed over first."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from accounts.models import Address, User
from core.personal import Tables, holds_back, keeps, rows_of
from unions.models import BrowsingEvent, EnterpriseMember, HomeUnion, Look, PersonalFile, Redirect, UnionStaff


@keeps("account")
def account_of(user: User) -> Tables:
    """Who they are, and their address book."""
    people = User.objects.filter(pk=user.pk)
    yield "person", rows_of(people, "email", "name", "phone", "language", "date_joined", "last_login")
    yield "email_addresses", rows_of(EmailAddress.objects.filter(user=user), "email", "verified", "primary")
    book = Address.objects.filter(user=user).order_by("pk")
    where = ("recipient", "phone", "line1", "line2", "city", "region", "postal_code", "country")
    yield "addresses", rows_of(book, "label", *where, "is_default", "created_at")


@keeps("visits")
def visits_of(user: User) -> Tables:
    """What they looked at, where they were sent, and who of the staff looked at their data."""
    seen = BrowsingEvent.objects.filter(user=user).order_by("at", "entry")
    yield (
        "browsing",
        rows_of(seen, "at", "union__slug", "kind", "page", "product", "words", "results", "value", "seconds"),
    )
    sent = Redirect.objects.filter(user=user).order_by("pk")
    yield "redirects", rows_of(sent, "at", "union__slug", "kind", "way", "target", "words")
    yield "home_union", rows_of(HomeUnion.objects.filter(user=user), "union__slug")
    looks = Look.objects.filter(person=user).order_by("at")
    yield "who_looked", rows_of(looks, "at", "union__slug", "kind", "reference", "place")
    files = PersonalFile.objects.filter(user=user).order_by("pk")
    yield "copies_asked_for", rows_of(files, "asked_at", "state", "size")


@keeps("posts")
def posts_of(user: User) -> Tables:
    """Their places in enterprises and offices."""
    yield "enterprises", rows_of(EnterpriseMember.objects.filter(user=user), "enterprise__name", "role")
    yield "offices", rows_of(UnionStaff.objects.filter(user=user), "union__slug", "role")


@holds_back
def posts_to_hand_over(user: User) -> Iterator[str]:
    """Shops and offices are not left without their people by accident."""
    for name in EnterpriseMember.objects.filter(user=user).values_list("enterprise__name", flat=True):
        yield _("You belong to the enterprise %(name)s. Hand that over first.") % {"name": name}
    for name in UnionStaff.objects.filter(user=user).values_list("union__name", flat=True):
        yield _("You work in the office of %(name)s. Hand that over first.") % {"name": name}
    if user.is_superuser:
        yield _("You run the service center. Hand that over first.")

"""A customer turns to a store with a question, a complaint or a wish to give something back, or reviews it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clients import network_of
from core.errors import DomainError, Invalid, NotAllowed, constraint_of
from core.references import new_reference, new_secret
from orders.models import CustomerResponse, Order, ResponseEntry, Voice
from orders.queries.response_terms import terms_of
from orders.services.contact import Contact
from orders.services.responses.moving import started_clock, write_entry
from orders.services.responses.picturing import pictures_kept
from stores.models import Product, Review, Store
from unions.services.erasing import GONE, is_erased

Kind, State, Step = CustomerResponse.Kind, CustomerResponse.State, ResponseEntry.Step
LONGEST = 4000
MOST_OPEN = 10
"""Open responses of one e-mail address at one store."""
MOST_A_DAY = 30
"""Responses of one network address within a day, whatever names they carry."""
GOOD = 4
"""Reviews with so many stars wait for nobody: they can be answered, without a clock."""


class TooManyResponses(DomainError):
    """One person, or one network address, has asked more than anybody can answer."""

    code = "too_many_responses"
    status = 429
    detail = _("You have asked a lot already. Wait for the answers, or write in one of those that are open.")


@dataclass(frozen=True, slots=True)
class Subject:
    """What it is about: an order of the store, one of its goods, or with neither the store itself."""

    store: Store
    order: Order | None = None
    product: Product | None = None


def ask_store(
    *,
    subject: Subject,
    kind: str,
    words: str,
    contact: Contact,
    actor: User | None,
    now: datetime,
    files: Sequence[UploadedFile] = (),
    address: str | None = None,
    key: str = "",
) -> CustomerResponse:
    """Bring it to the store, with its clock running. `subject.store` comes with its union and membership.

    Whoever calls has made sure that an order is this customer's. `key` (begin it with what is the caller's alone) makes
    one response only. Raises Invalid, NotAllowed, TooManyResponses, and what a picture refuses.
    """
    store = subject.store
    if key and (made := CustomerResponse.objects.filter(union_id=store.union_id, key=key[:80]).first()):
        return made
    said, known = words.strip(), contact.completed()
    _check(subject, kind, said, known)
    origin = origin_of(address=address, now=now)
    number = new_reference(store.union.prefix)
    if files:
        # Drawing pictures costs more than anything else here: whoever has asked enough is told so before.
        _check_number(store, known, origin, now=now)
    try:
        with pictures_kept(union=store.union, number=number, files=files) as kept, transaction.atomic():
            _check_person(known)
            _check_number(store, known, origin, now=now)
            terms = terms_of(union=store.union, store=store, now=now)
            due = started_clock(terms=terms, zone=store.union.time_zone, now=now)
            response = CustomerResponse.objects.create(
                union=store.union,
                store=store,
                order=subject.order,
                product=subject.product,
                number=number,
                token=new_secret(),
                key=key[:80],
                kind=kind,
                state=State.RECEIVED,
                words=said,
                pictures=kept,
                user=known.user,
                name=known.name,
                email=known.email,
                language=known.language or store.union.default_language,
                origin=origin,
                promised_at=due,
                due_at=due,
                made_at=now,
                changed_at=now,
            )
            _first_entry(response, actor=actor, now=now)
    except IntegrityError as error:
        # Sent twice at once: the other one was first.
        if key and constraint_of(error) == "response_key_once":
            return CustomerResponse.objects.get(union_id=store.union_id, key=key[:80])
        raise
    return response


@transaction.atomic
def take_in_review(*, review: Review, now: datetime) -> CustomerResponse | None:
    """A public review becomes a response that the store answers in public; once. None when it had become one before.

    None also when whoever wrote it has been erased since: it says nothing any more, and nobody waits for an answer.
    `review` comes with its union and store (with its membership). Few stars start the clock.
    """
    if CustomerResponse.objects.filter(union_id=review.union_id, review=review).exists():
        return None
    order = Order.objects.filter(union_id=review.union_id, store=review.store_id, number=review.order_number)
    buyer: Any = order.values("purchase__email", "purchase__language", "purchase__token").first() or {}
    bought_as = buyer.get("purchase__token") or ""
    if is_erased(user=review.author) if review.author else bought_as.startswith(GONE):
        return None
    due = None
    if review.stars < GOOD:
        terms = terms_of(union=review.union, store=review.store, now=now)
        due = started_clock(terms=terms, zone=review.union.time_zone, now=now)
    response = CustomerResponse(
        union=review.union,
        store=review.store,
        product_id=review.product_id,
        review=review,
        number=new_reference(review.union.prefix),
        token=new_secret(),
        kind=Kind.REVIEW,
        words="\n".join(part for part in (review.title, review.words) if part)[:LONGEST],
        user=review.author,
        name=review.author_name,
        email=buyer.get("purchase__email") or "",
        language=buyer.get("purchase__language") or review.language or review.union.default_language,
        promised_at=due,
        due_at=due,
        made_at=review.written_at,
        changed_at=now,
    )
    try:
        with transaction.atomic():
            response.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == "response_once_per_review":
            return None
        raise
    _first_entry(response, actor=review.author, now=review.written_at)
    return response


def origin_of(*, address: str | None, now: datetime) -> str:
    """Tells one network of one day from others, the machines of a house together, and nobody where it was."""
    place = network_of(address)
    if not place:
        return ""
    return salted_hmac("orders.responses.origin", f"{now.date()} {place}", algorithm="sha256").hexdigest()


def _first_entry(response: CustomerResponse, *, actor: User | None, now: datetime) -> None:
    write_entry(
        response=response,
        step=Step.ASK,
        voice=Voice.CUSTOMER,
        actor=actor,
        now=now,
        before="",
        words=response.words,
        pictures=response.pictures,
    )


def _check(subject: Subject, kind: str, words: str, contact: Contact) -> None:
    if kind not in Kind.values or kind == Kind.REVIEW:
        raise Invalid(_("Say what it is: a question, a complaint, or a wish to give something back."), field="kind")
    if subject.order is not None and subject.product is not None:
        raise Invalid(_("It is about an order or about a product."), field="order")
    if any(
        thing is not None and (thing.store_id != subject.store.pk or thing.union_id != subject.store.union_id)
        for thing in (subject.order, subject.product)
    ):
        raise NotAllowed
    if kind == Kind.RETURN_WISH and subject.order is None:
        raise Invalid(_("What is given back belongs to an order. Begin on the order’s page."), field="kind")
    check_words(words=words)
    if contact.user is None and not contact.email:
        raise Invalid(_("Leave an e-mail address, so that the answer reaches you."), field="email")


def check_words(*, words: str) -> None:
    """Neither nothing nor a book. Raises Invalid."""
    if not words:
        raise Invalid(_("Say in a few words what it is about."), field="words")
    if len(words) > LONGEST:
        raise Invalid(_("This is too long: at most 4,000 letters."), field="words")


def _check_person(contact: Contact) -> None:
    """Erasing locks the person's row: of asking and being erased at once, one comes first and the other sees it."""
    if contact.user is None:
        return
    them = User.objects.select_for_update(no_key=True).filter(pk=contact.user.pk, is_active=True)
    if them.values_list("pk", flat=True).first() is None:
        raise NotAllowed


def _check_number(store: Store, contact: Contact, origin: str, *, now: datetime) -> None:
    mine = CustomerResponse.objects.filter(
        union_id=store.union_id, store=store, email=contact.email, state__in=CustomerResponse.OPEN
    ).exclude(kind=Kind.REVIEW)
    if contact.email and mine[:MOST_OPEN].count() >= MOST_OPEN:
        raise TooManyResponses
    if origin:
        today = CustomerResponse.objects.filter(
            union_id=store.union_id, origin=origin, made_at__gt=now - timedelta(days=1)
        )
        if today[:MOST_A_DAY].count() >= MOST_A_DAY:
            raise TooManyResponses

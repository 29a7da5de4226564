"""What a shopper has asked the store before, where it stands now."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from chat.cards import Card, Reader, card, number_in
from chat.models import Message
from core.errors import NotFound
from orders.models import CustomerResponse
from orders.presenting.responses import response_words
from orders.queries.responses import in_rows


@card("response")
def draw_response(message: Message, reader: Reader) -> Card:
    """`{"response": id}`: each side opens its own page of it."""
    found = in_rows(
        CustomerResponse.objects.filter(
            union=reader.union, store=reader.conversation.store_id, pk=number_in(message, "response")
        )
    ).first()
    if found is None:
        raise NotFound
    if reader.is_shopper:
        url = reverse("orders:response", args=[reader.union.slug, found.token])
    else:
        url = reverse("manage:response", args=[reader.union.slug, found.store.slug, found.number])
    return Card("talk/cards/response.html", {"item": response_words(found, now=timezone.now()), "url": url})

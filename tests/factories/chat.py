"""Conversations for tests."""

from datetime import timedelta

import factory
from django.utils import timezone

from chat.models import Conversation, Participant
from chat.services.messages import Posting, post
from core.references import new_reference
from tests.factories.stores import StoreFactory


class ConversationFactory(factory.django.DjangoModelFactory):
    """One that waits, of the browser `v1`, with the shopper's own participant."""

    class Meta:
        model = Conversation
        skip_postgeneration_save = True

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    ref = factory.LazyAttribute(lambda self: new_reference(self.union.prefix, 12))
    visitor = "v1"
    language = "en"
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=5))
    waiting_since = factory.SelfAttribute("created_at")

    @factory.post_generation
    def shopper(self, create, extracted, **kwargs):
        Participant.objects.create(
            union=self.union,
            conversation=self,
            role="shopper",
            user=self.customer,
            name=self.shopper_name,
            joined_at=self.created_at,
        )


def said(conversation, text, *, by="shopper", user=None, now=None, **fields):
    """A message by the shopper or by somebody of the store; its number."""
    voice, _made = Participant.objects.get_or_create(
        union=conversation.union,
        conversation=conversation,
        role=by,
        defaults={"name": "Mrs. Lin", "user": user, "joined_at": conversation.created_at},
    )
    posting = Posting(voice, fields.pop("kind", "text"), text, fields.pop("card", None), fields.pop("client_id", ""))
    return post(conversation=conversation, postings=[posting], now=now or timezone.now())[0]

"""Conversations between shoppers and those who answer them."""

from chat.models.calls import Call
from chat.models.conversation import Attachment, Block, Conversation, Handover, Message, Note, Participant
from chat.models.presence import ConsoleSession, Manager, PushSubscription, SavedReply, TalkSettings

__all__ = [
    "Attachment",
    "Block",
    "Call",
    "ConsoleSession",
    "Conversation",
    "Handover",
    "Manager",
    "Message",
    "Note",
    "Participant",
    "PushSubscription",
    "SavedReply",
    "TalkSettings",
]

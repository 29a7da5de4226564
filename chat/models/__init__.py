"""Conversations between shoppers and those who answer them."""

from chat.models.conversation import Attachment, Block, Conversation, Handover, Message, Note, Participant
from chat.models.presence import ConsoleSession, Manager, PushSubscription, SavedReply, TalkSettings
from chat.models.rules import Invitation, Rule

__all__ = [
    "Attachment",
    "Block",
    "ConsoleSession",
    "Conversation",
    "Handover",
    "Invitation",
    "Manager",
    "Message",
    "Note",
    "Participant",
    "PushSubscription",
    "Rule",
    "SavedReply",
    "TalkSettings",
]

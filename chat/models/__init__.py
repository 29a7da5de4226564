"""Conversations between shoppers and those who answer them, and what leads to them: codes, memberships, rooms."""

from chat.models.calls import Call
from chat.models.codes import AccessCode, Campaign, CampaignDay, CodeUse, ListImport
from chat.models.conversation import Attachment, Block, Conversation, Handover, Message, Note, Participant
from chat.models.members import BuyerPlan, Dues, PreferredBuyer
from chat.models.presence import ConsoleSession, Manager, PushSubscription, SavedReply, TalkSettings
from chat.models.rooms import Room, RoomGuest, RoomWord
from chat.models.rules import Invitation, Rule

__all__ = [
    "AccessCode",
    "Attachment",
    "Block",
    "BuyerPlan",
    "Call",
    "Campaign",
    "CampaignDay",
    "CodeUse",
    "ConsoleSession",
    "Conversation",
    "Dues",
    "Handover",
    "Invitation",
    "ListImport",
    "Manager",
    "Message",
    "Note",
    "Participant",
    "PreferredBuyer",
    "PushSubscription",
    "Room",
    "RoomGuest",
    "RoomWord",
    "Rule",
    "SavedReply",
    "TalkSettings",
]

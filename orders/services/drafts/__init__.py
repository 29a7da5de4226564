"""Orders that a store composes for a shopper. Other apps call what is named here."""

from orders.services.drafts.composing import DraftLine, about_line, compose_draft, draft_of_proposal
from orders.services.drafts.ending import expire_drafts, withdraw_draft
from orders.services.drafts.filling import adopt_draft, confirmed_digest

__all__ = [
    "DraftLine",
    "about_line",
    "adopt_draft",
    "compose_draft",
    "confirmed_digest",
    "draft_of_proposal",
    "expire_drafts",
    "withdraw_draft",
]

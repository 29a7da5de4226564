"""Who is called for what, what shoppers wish, and what shops answer."""

from matching.models.figures import CallDay, DemandDay
from matching.models.requests import MatchRequest
from matching.models.responses import MatchResponse
from matching.models.subscriptions import CallSettings, SignalWord, Subscription, Weights

__all__ = [
    "CallDay",
    "CallSettings",
    "DemandDay",
    "MatchRequest",
    "MatchResponse",
    "SignalWord",
    "Subscription",
    "Weights",
]

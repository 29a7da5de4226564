"""The office's pages of wishes, answers, subscriptions and the weights of the ranking."""

from matching.admin import answers, subscriptions, weights, wishes

__all__ = ["answers", "subscriptions", "weights", "wishes"]

"""The office's pages of money: services write all of it, the office reads, and sends payouts on their way."""

from payments.admin import ledger, payouts, requests

__all__ = ["ledger", "payouts", "requests"]

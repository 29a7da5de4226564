from payments.models.accounts import CodeTries, PaymentAccount, PayoutAccount
from payments.models.bank import BankTransfer
from payments.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from payments.models.requests import PaymentRequest, PaymentSplit, ProviderCall, Refund
from payments.models.settlement import CheckReport, Earning, Payout

__all__ = [
    "BankTransfer",
    "CheckReport",
    "CodeTries",
    "Earning",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "PaymentAccount",
    "PaymentRequest",
    "PaymentSplit",
    "Payout",
    "PayoutAccount",
    "ProviderCall",
    "Refund",
]

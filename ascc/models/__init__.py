"""What is kept about after-sales service: programs, vouchers, providers, work, rewards, insurance."""

from ascc.models.codes import ConfirmationCode
from ascc.models.insurance import Claim, ClaimPaper, ClaimStep, Insurer, Policy
from ascc.models.keys import SigningKey
from ascc.models.programs import Coverage, ProgramOffer, ProgramScope, ProgramVersion, RewardStep, ServiceProgram
from ascc.models.providers import ProviderChange, ProviderPrice, ProviderSkill, ServiceProvider
from ascc.models.rewards import Assessment, IncentiveVoucher
from ascc.models.vouchers import Transmission, Voucher, VoucherGift, VoucherStep
from ascc.models.work import Dispute, DisputeEvidence, Redemption, ServiceVisit, WorkPicture

__all__ = [
    "Assessment",
    "Claim",
    "ClaimPaper",
    "ClaimStep",
    "ConfirmationCode",
    "Coverage",
    "Dispute",
    "DisputeEvidence",
    "IncentiveVoucher",
    "Insurer",
    "Policy",
    "ProgramOffer",
    "ProgramScope",
    "ProgramVersion",
    "ProviderChange",
    "ProviderPrice",
    "ProviderSkill",
    "Redemption",
    "RewardStep",
    "ServiceProgram",
    "ServiceProvider",
    "ServiceVisit",
    "SigningKey",
    "Transmission",
    "Voucher",
    "VoucherGift",
    "VoucherStep",
    "WorkPicture",
]

"""The office's pages of after-sales service: programs, vouchers, providers, disputes, insurance, rewards."""

from ascc.admin import disputes, insurance, programs, providers, rewards, services, vouchers

__all__ = ["disputes", "insurance", "programs", "providers", "rewards", "services", "vouchers"]

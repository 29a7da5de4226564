from unions.models.audit import AuditEntry
from unions.models.banners import UnionBanner
from unions.models.browsing import BrowsedDay, BrowsingEvent
from unions.models.classes import BusinessClass
from unions.models.enterprise import Enterprise, EnterpriseMember, Membership, MembershipChange, MembershipPaper
from unions.models.holidays import UnionHoliday
from unions.models.looks import Look
from unions.models.personal import PersonalFile
from unions.models.redirects import HomeUnion, Redirect
from unions.models.signals import SignalCode
from unions.models.union import Union, UnionPage, UnionRegion, UnionStaff

__all__ = [
    "AuditEntry",
    "BrowsedDay",
    "BrowsingEvent",
    "BusinessClass",
    "Enterprise",
    "EnterpriseMember",
    "HomeUnion",
    "Look",
    "Membership",
    "MembershipChange",
    "MembershipPaper",
    "PersonalFile",
    "Redirect",
    "SignalCode",
    "Union",
    "UnionBanner",
    "UnionHoliday",
    "UnionPage",
    "UnionRegion",
    "UnionStaff",
]

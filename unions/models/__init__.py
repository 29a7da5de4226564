from unions.models.browsing import BrowsingEvent
from unions.models.classes import BusinessClass
from unions.models.enterprise import Enterprise, EnterpriseMember, Membership, MembershipChange, MembershipPaper
from unions.models.redirects import HomeUnion, Redirect
from unions.models.signals import SignalCode
from unions.models.union import Union, UnionPage, UnionRegion, UnionStaff

__all__ = [
    "BrowsingEvent",
    "BusinessClass",
    "Enterprise",
    "EnterpriseMember",
    "HomeUnion",
    "Membership",
    "MembershipChange",
    "MembershipPaper",
    "Redirect",
    "SignalCode",
    "Union",
    "UnionPage",
    "UnionRegion",
    "UnionStaff",
]

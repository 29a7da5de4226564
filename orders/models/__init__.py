from orders.models.bills import Bill
from orders.models.bookables import Bookable, Resource, ResourceDay, ResourceHours, ResourceService
from orders.models.carriers import Carrier, CarrierPrice, CarrierService
from orders.models.cart import Cart, CartLine, StoreDelivery
from orders.models.credits import CreditLine, CreditNote
from orders.models.customer import Customer
from orders.models.delivery import Shipment, ShipmentLine, TrackingEvent
from orders.models.drafts import OrderDraft
from orders.models.figures import ProductDay, ProductWeek, StoreDay, TouchedDay
from orders.models.handing import HandOver, HandOverRule
from orders.models.order import Order, OrderChange, OrderLine
from orders.models.paths import PurchasePath
from orders.models.procedures import Procedure, ProcedureAssignment, ProcedureStep, ProcedureVersion
from orders.models.proposals import PriceProposal, ProposalRule, ProposalStep
from orders.models.purchase import Purchase
from orders.models.reservations import Reservation, ReservationChange
from orders.models.responses import CustomerResponse, ResponseEntry, ResponseTerms, Voice
from orders.models.returns import Return, ReturnLine, ReturnRule, ReturnStep
from orders.models.runs import OrderRun, RunStep, StepFigure
from orders.models.sides import Side
from orders.models.substitutions import Substitution
from orders.models.visits import GoodsDay, SearchDay, VisitDay

__all__ = [
    "Bill",
    "Bookable",
    "Carrier",
    "CarrierPrice",
    "CarrierService",
    "Cart",
    "CartLine",
    "CreditLine",
    "CreditNote",
    "Customer",
    "CustomerResponse",
    "GoodsDay",
    "HandOver",
    "HandOverRule",
    "Order",
    "OrderChange",
    "OrderDraft",
    "OrderLine",
    "OrderRun",
    "PriceProposal",
    "Procedure",
    "ProcedureAssignment",
    "ProcedureStep",
    "ProcedureVersion",
    "ProductDay",
    "ProductWeek",
    "ProposalRule",
    "ProposalStep",
    "Purchase",
    "PurchasePath",
    "Reservation",
    "ReservationChange",
    "Resource",
    "ResourceDay",
    "ResourceHours",
    "ResourceService",
    "ResponseEntry",
    "ResponseTerms",
    "Return",
    "ReturnLine",
    "ReturnRule",
    "ReturnStep",
    "RunStep",
    "SearchDay",
    "Shipment",
    "ShipmentLine",
    "Side",
    "StepFigure",
    "StoreDay",
    "StoreDelivery",
    "Substitution",
    "TouchedDay",
    "TrackingEvent",
    "VisitDay",
    "Voice",
]

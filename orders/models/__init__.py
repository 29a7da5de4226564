from orders.models.bills import Bill
from orders.models.bookables import Bookable, Resource, ResourceDay, ResourceHours, ResourceService
from orders.models.cart import Cart, CartLine, StoreDelivery
from orders.models.customer import Customer
from orders.models.delivery import Shipment
from orders.models.drafts import OrderDraft
from orders.models.order import Order, OrderChange, OrderLine
from orders.models.proposals import PriceProposal, ProposalRule, ProposalStep
from orders.models.purchase import Purchase
from orders.models.reservations import Reservation, ReservationChange
from orders.models.returns import Return, ReturnLine
from orders.models.sides import Side

__all__ = [
    "Bill",
    "Bookable",
    "Cart",
    "CartLine",
    "Customer",
    "Order",
    "OrderChange",
    "OrderDraft",
    "OrderLine",
    "PriceProposal",
    "ProposalRule",
    "ProposalStep",
    "Purchase",
    "Reservation",
    "ReservationChange",
    "Resource",
    "ResourceDay",
    "ResourceHours",
    "ResourceService",
    "Return",
    "ReturnLine",
    "Shipment",
    "Side",
    "StoreDelivery",
]

from orders.models.bills import Bill
from orders.models.cart import Cart, CartLine, StoreDelivery
from orders.models.customer import Customer
from orders.models.delivery import Shipment
from orders.models.order import Order, OrderChange, OrderLine
from orders.models.purchase import Purchase
from orders.models.returns import Return, ReturnLine

__all__ = [
    "Bill",
    "Cart",
    "CartLine",
    "Customer",
    "Order",
    "OrderChange",
    "OrderLine",
    "Purchase",
    "Return",
    "ReturnLine",
    "Shipment",
    "StoreDelivery",
]

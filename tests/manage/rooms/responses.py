"""What customers ask and the store's answers."""

from orders.models import CustomerResponse, ResponseEntry, ResponseTerms
from tests.manage.people import Shop
from tests.orders.responding import asked, picture

PAGES = {
    "responses/": "orders",
    "responses/figures/": "orders",
    "responses/promise/": "orders",
    "responses/{response}/": "orders",
    "responses/{response}/pictures/{shown}/": "orders",
}
SENT = {
    "responses/promise/": "orders",
    "responses/{response}/answer/": "orders",
    "responses/{response}/resolve/": "orders",
    "responses/{response}/take/": "orders",
    "responses/{response}/assign/": "orders",
    "responses/{response}/note/": "orders",
    "responses/{response}/escalate/": "orders",
}
MODELS = (CustomerResponse, ResponseEntry, ResponseTerms)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A question with a picture."""
    if not path.startswith("responses/{"):
        return {}
    response = CustomerResponse.objects.filter(store=shop.store).first() or asked(shop.store, files=[picture()])
    return {"response": response.number, "shown": response.pictures[0]}

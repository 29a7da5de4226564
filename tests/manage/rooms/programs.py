"""After-sales programs and their vouchers."""

from ascc.models import ProgramOffer, ProgramVersion, ServiceProgram, Voucher
from tests.factories.ascc import program as sold_program
from tests.factories.ascc import voucher as sold_voucher
from tests.manage.people import Shop

PAGES = {
    "programs/": "catalogue",
    "programs/new/": "catalogue",
    "programs/figures/": "orders",
    "programs/vouchers/": "orders",
    "programs/vouchers.csv": "orders",
    "programs/vouchers/{voucher}/": "orders",
    "programs/{program}/": "catalogue",
    "programs/{program}/version/": "catalogue",
}
SENT = {
    "programs/new/": "catalogue",
    "programs/{program}/version/": "catalogue",
    "programs/{program}/end/": "catalogue",
    "programs/{program}/adopt/": "catalogue",
    "programs/{program}/stop/": "catalogue",
}
MODELS = (ServiceProgram, ProgramVersion, ProgramOffer)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A program of the store and one of its vouchers."""
    if not path.startswith(("programs/{", "programs/vouchers/{")):
        return {}
    program = ServiceProgram.objects.filter(store=shop.store).first() or sold_program(
        shop.store.union, store=shop.store
    )
    held = Voucher.objects.filter(store=shop.store).first() or sold_voucher(shop.store)
    return {"program": program.ref, "voucher": held.code}

"""A provider with vouchers to work for, on a site as `make run` starts it."""

import json
from typing import Any

SEED = """
import json
from datetime import timedelta
from django.utils import timezone
from ascc.models import ProgramVersion, ServiceProvider, ServiceProgram, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By, Side
from ascc.services.programs import Promise, create_program
from ascc.services.providers import apply_as_provider, move_provider
from ascc.services.transmitting import send_voucher
from orders.models import Order
from stores.models import Store
from unions.models import SignalCode
now = timezone.now()
store = Store.objects.select_related("union", "membership").get(union__slug={union!r}, slug={store!r})
worker = ServiceProvider.objects.filter(store=store).first()
if worker is None:
    code = SignalCode.objects.order_by("code").first().code
    worker = apply_as_provider(
        store=store, actor=None, about="Twenty years at the kiln.", reach_km=40, skills=[code], now=now
    )
    worker = move_provider(provider=worker, to="approved", actor=None, now=now)
if not ServiceProgram.objects.filter(union=store.union, name="Care for a year").exists():
    create_program(
        union=store.union,
        store=None,
        now=now - timedelta(days=200),
        promise=Promise(
            title="Care for a year", terms="We mend what breaks.", covers=["repair", "check_up"], fee=4000, visits=2,
            rewards=[(400, 300)], funding="center",
        ),
    )
orders = Order.objects.filter(union=store.union, state__in=["delivered", "completed"], purchase__user__isnull=False)
issue_vouchers(order_ids=list(orders.values_list("pk", flat=True)[:50]), now=now)
# What others sell on this site, and what it pays them, is not touched.
ProgramVersion.objects.filter(program__name="Care for a year", valid_until=None).update(valid_until=now)
found = Voucher.objects.filter(union=store.union, state="issued", owner__isnull=False, expires_at__gt=now)
codes = []
for voucher in found.order_by("pk")[:{many}]:
    by = By(Side.CUSTOMER, voucher.owner_id)
    activate_voucher(voucher=voucher, by=by, now=now)
    voucher.refresh_from_db()
    send_voucher(voucher=voucher, provider=worker, by=by, now=now, wish="The handle came off on Tuesday.")
    codes.append(voucher.code)
print("CODES", json.dumps(codes))
"""


def vouchers_sent(site: Any, *, union: str, store: str, many: int) -> list[str]:
    """So many vouchers of the union's customers are sent to this store, which does service; their codes."""

    told = site.python(SEED.format(union=union, store=store, many=many))
    line = next(line for line in told.splitlines() if line.startswith("CODES"))
    codes: list[str] = json.loads(line.removeprefix("CODES"))
    assert len(codes) == many, told
    return codes


LINK = """
from django.conf import settings
from django.utils import timezone
from ascc.models import Voucher
from ascc.printing import signed_address
from ascc.services.moving import By, Side
from ascc.services.transmitting import have_back
voucher = Voucher.objects.select_related("union", "version", "program", "order_line__order").get(code={code!r})
if voucher.state == "transmitted":
    have_back(voucher=voucher, by=By(Side.CUSTOMER, voucher.owner_id), now=timezone.now())
settings.SITE_ADDRESS = {address!r}
print("LINK", signed_address(voucher, now=timezone.now()))
"""


def link_to_show(site: Any, code: str) -> str:
    """What the QR code in the customer's wallet says of a voucher that is with nobody."""
    told = site.python(LINK.format(code=code, address=site.address.replace("127.0.0.1", "localhost")))
    return next(line for line in told.splitlines() if line.startswith("LINK")).split()[1]


def steps_of(site: Any, code: str) -> list[str]:
    """What has happened to a voucher, as its timeline says; its mail goes out whenever the worker comes to it."""
    told = site.python(
        "from ascc.models import VoucherStep\n"
        f"print('STEPS', *VoucherStep.objects.filter(voucher__code={code!r}).values_list('what', flat=True))"
    )
    line = next(line for line in told.splitlines() if line.startswith("STEPS"))
    return [step for step in line.split()[1:] if step != "mailed"]

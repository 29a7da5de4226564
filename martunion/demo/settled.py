"""The payouts of the weeks that have passed, each made and sent on its Monday."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from payments.models import Payout
from payments.services.payouts import send_payout
from payments.services.settlement import make_payouts
from unions.models import Union

WEEKS = 5


def pay_out_past_weeks(*, union: Union, until: datetime) -> None:
    """Settle every week that is over. What was settled before stays as it is."""
    zone = ZoneInfo(union.time_zone)
    today = until.astimezone(zone).date()
    this_monday = today - timedelta(days=today.weekday())
    for weeks in range(WEEKS, -1, -1):
        morning = datetime.combine(this_monday - timedelta(weeks=weeks), time(4, 30), tzinfo=zone)
        if morning > until:
            continue
        make_payouts(union=union, now=morning)
        waiting = (
            Payout.objects.filter(union=union, state=Payout.State.PENDING).select_related("account").order_by("id")
        )
        for payout in waiting:
            payout.union = union
            send_payout(payout=payout, now=morning)

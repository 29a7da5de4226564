"""Parts, refunds, earnings, payouts and ledger entries stay in the union of what they belong to."""

from django.db import migrations

from core.tenancy import SameUnion


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_calls_asked_again"), ("unions", "0004_papers_and_changes_in_their_union")]

    operations = [
        SameUnion("payoutaccount", "membership"),
        SameUnion("ledgeraccount", "membership"),
        SameUnion("ledgerentry", "transaction"),
        SameUnion("ledgerentry", "account"),
        SameUnion("paymentsplit", "request"),
        SameUnion("paymentsplit", "membership"),
        SameUnion("refund", "split"),
        SameUnion("payout", "membership"),
        SameUnion("payout", "account"),
        SameUnion("earning", "membership"),
        SameUnion("earning", "split"),
        SameUnion("earning", "refund"),
        SameUnion("earning", "payout"),
    ]

"""Statements as tables: for a page, a CSV file and a PDF, the same figures in each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, Spacer, TableStyle

from core.money import as_decimal, format_amount, locale_of
from core.pdf import cell, page_number, paper
from core.spreadsheets import guarded
from payments.queries.statements import PeriodStatement, Statement
from unions.models import Union

MOVEMENT_WORDS = {
    "capture": gettext_lazy("money collected"),
    "earned": gettext_lazy("earned"),
    "refund": gettext_lazy("refund to the shopper"),
    "payout_sent": gettext_lazy("paid out"),
    "payout_confirmed": gettext_lazy("payout confirmed by the bank"),
    "payout_returned": gettext_lazy("payout returned by the bank"),
    "program": gettext_lazy("set aside for service"),
    "program returned": gettext_lazy("service money returned"),
    "program lapsed": gettext_lazy("service not used"),
    "service": gettext_lazy("service done"),
    "service undone": gettext_lazy("service undone"),
    "claim approved": gettext_lazy("taken over by the insurer"),
    "incentive redeemed": gettext_lazy("incentive voucher"),
    "incentive credited": gettext_lazy("incentive voucher, as credit"),
    "credit used": gettext_lazy("credit used for what was owed"),
    "incentive lapsed": gettext_lazy("incentive voucher lapsed"),
    "money_arrived": gettext_lazy("money arrived from the provider"),
    "provider_fee": gettext_lazy("fee of the provider"),
}
"""By kind of a ledger transaction; a kind that is not named here is shown as it is kept."""


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers` says from which column on there are amounts (minor units); the last row of `totals` is the result."""

    title: str
    file_name: str
    currency: str
    zone: ZoneInfo
    facts: Sequence[tuple[str, str]]
    headings: Sequence[str]
    rows: Sequence[tuple[datetime, str, str, *tuple[int, ...]]]
    totals: Sequence[tuple[str, Sequence[int | None]]]


def payout_table(statement: Statement) -> Table:
    """One line per order; the total of the last column is the payout."""
    payout = statement.payout
    enterprise = payout.membership.enterprise
    return Table(
        title=_("Statement of payout %(number)s") % {"number": payout.number},
        file_name=f"payout-{payout.number}",
        currency=payout.currency,
        zone=ZoneInfo(payout.union.time_zone),
        facts=[
            (_("Enterprise"), enterprise.legal_name),
            (_("Registration number"), enterprise.registration_number),
            (_("Union"), payout.union.name),
            (_("Period"), days(payout.period_start, payout.period_end)),
            (_("State"), payout.get_state_display()),
            (_("To account"), payout.account.shown if payout.account else ""),
            (_("Currency"), payout.currency),
        ],
        headings=[_("Earned"), _("Kind"), _("Order"), _("Gross"), _("Commission"), _("Tax on commission"), _("Net")],
        rows=[
            (
                line.at,
                str(MOVEMENT_WORDS.get(line.posted_as, line.kind)),
                line.reference,
                line.gross,
                -line.commission,
                -line.commission_tax,
                line.net,
            )
            for line in statement.lines
        ],
        totals=[
            (_("Paid out"), [statement.gross, -statement.commission, -statement.commission_tax, statement.net]),
        ],
    )


def period_table(statement: PeriodStatement) -> Table:
    """The member's account: opening balance, every movement, closing balance."""
    membership = statement.membership
    return Table(
        title=_("Statement of account"),
        file_name=f"account-{statement.start}-{statement.end}",
        currency=statement.currency,
        zone=ZoneInfo(membership.union.time_zone),
        facts=[
            (_("Enterprise"), membership.enterprise.legal_name),
            (_("Registration number"), membership.enterprise.registration_number),
            (_("Union"), membership.union.name),
            (_("Period"), days(statement.start, statement.end)),
            (_("Opening balance"), format_amount(statement.opening, statement.currency)),
            (_("Currency"), statement.currency),
        ],
        headings=[_("Posted"), _("Kind"), _("Reference"), _("Amount"), _("Balance")],
        rows=[
            (move.at, str(MOVEMENT_WORDS.get(move.kind, move.kind)), move.reference, move.amount, move.balance)
            for move in statement.movements
        ],
        totals=[(_("Closing balance"), [None, statement.closing])],
    )


def days(start: datetime | object, end: datetime | object) -> str:
    """Two days as people of the active language write them."""
    locale = locale_of()
    return f"{format_date(start, 'medium', locale=locale)} – {format_date(end, 'medium', locale=locale)}"  # type: ignore[arg-type]


def as_csv(table: Table) -> bytes:
    """Plain decimals and ISO times, for spreadsheets and bookkeeping programs; UTF-8 with the mark Excel needs."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(guarded([*table.headings, _("Currency")]))
    for at, kind, reference, *amounts in table.rows:
        plain = [as_decimal(amount, table.currency) for amount in amounts]
        writer.writerow(guarded([at.astimezone(table.zone).isoformat(), kind, reference, *plain, table.currency]))
    for title, sums in table.totals:
        plain_sums = ["" if amount is None else as_decimal(amount, table.currency) for amount in sums]
        writer.writerow(guarded([title, "", "", *plain_sums, table.currency]))
    return out.getvalue().encode("utf-8-sig")


def as_pdf(table: Table, union: Union) -> bytes:
    """A4, with page numbers; Chinese and Korean in the fonts that PDF readers bring along."""
    out = io.BytesIO()
    document = paper(out, title=table.title, author=union.name)
    heading = [cell(title, right=place > 2, bold=True) for place, title in enumerate(table.headings)]
    rows = [
        [
            cell(format_date(at.astimezone(table.zone), "medium", locale=locale_of())),
            cell(kind),
            cell(reference),
            *(cell(format_amount(amount, table.currency), right=True) for amount in amounts),
        ]
        for at, kind, reference, *amounts in table.rows
    ]
    totals = [
        [
            cell(title, bold=True),
            "",
            "",
            *(
                "" if amount is None else cell(format_amount(amount, table.currency), right=True, bold=True)
                for amount in sums
            ),
        ]
        for title, sums in table.totals
    ]
    wide = document.width / (len(table.headings) + 1)
    body = LongTable(
        [heading, *rows, *totals], colWidths=[wide, wide, wide * 2, *[wide] * (len(heading) - 3)], repeatRows=1
    )
    body.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, 1), (-1, -2), 0.25, colors.lightgrey),
                ("LINEABOVE", (0, -len(totals)), (-1, -1), 0.8, colors.black),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    facts = LongTable(
        [[cell(name), cell(value)] for name, value in table.facts], colWidths=[50 * mm, None], hAlign="LEFT"
    )
    document.build(
        [cell(table.title, size=16, bold=True), Spacer(1, 4 * mm), facts, Spacer(1, 6 * mm), body],
        onFirstPage=page_number,
        onLaterPages=page_number,
    )
    return out.getvalue()

"""Vouchers on paper: one A4 page each, with the QR code that a provider reads, also without a network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import segno
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ascc.models import Voucher
from ascc.presenting import covers_text
from ascc.queries.vouchers import issuer_of, public_address
from ascc.services.tokens import token_of
from core.localized import localized
from core.money import format_money
from core.pdf import draw_qr, say

LEFT, WIDE = 22 * mm, A4[0] - 44 * mm
SIDE = 72 * mm


def signed_address(voucher: Voucher, *, now: datetime) -> str:
    """What the QR code says: the voucher's public page with its signed token."""
    return public_address(voucher, token_of(voucher=voucher, issuer=issuer_of(voucher.union), now=now))


def qr_picture(voucher: Voucher, *, now: datetime) -> bytes:
    """The QR code as SVG on white, so that it can be read on a dark page too."""
    out = io.BytesIO()
    code = segno.make_qr(signed_address(voucher, now=now), error="l")
    code.save(out, kind="svg", border=4, light="#fff", dark="#000", omitsize=True)
    return out.getvalue()


def vouchers_on_paper(vouchers: Sequence[Voucher], *, language: str, now: datetime) -> bytes:
    """A PDF with a page for each. `union`, `version`, `program`, `store` and the order are read."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    with translation.override(language):
        canvas.setTitle(_("Service voucher %(code)s") % {"code": vouchers[0].code})
        canvas.setAuthor(vouchers[0].union.name)
        for voucher in vouchers:
            with timezone.override(voucher.union.time_zone):
                _page(canvas, voucher, now=now)
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _page(canvas: Canvas, voucher: Voucher, *, now: datetime) -> None:
    version = voucher.version
    top = say(canvas, localized(voucher.union, "name"), LEFT, 20 * mm, WIDE, size=11)
    top = say(canvas, _("Service voucher"), LEFT, top + 8 * mm, WIDE, size=13)
    top = say(canvas, localized(version, "title"), LEFT, top + 2 * mm, WIDE, size=26, bold=True)
    if version.summary:
        top = say(canvas, localized(version, "summary"), LEFT, top + 2 * mm, WIDE, size=12)
    head = top + 8 * mm
    draw_qr(canvas, signed_address(voucher, now=now), LEFT, head, SIDE, error="l")
    beside, room = LEFT + SIDE + 6 * mm, WIDE - SIDE - 6 * mm
    at = head + 6 * mm
    for name, text in _facts(voucher):
        at = say(canvas, name, beside, at, room, size=9)
        at = say(canvas, text, beside, at, room, size=13, bold=True) + 3 * mm
    top = max(at, head + SIDE) + 4 * mm
    top = say(canvas, public_address(voucher), LEFT, top, WIDE, size=9)
    how = _(
        "Whoever does the work reads the square with a camera. This paper is for one handing over: give it only to "
        "them. Afterwards the square that is good stands in your wallet."
    )
    top = say(canvas, how, LEFT, top + 3 * mm, WIDE, size=10)
    top = say(canvas, _("Terms"), LEFT, top + 8 * mm, WIDE, size=13, bold=True)
    for line in localized(version, "terms").split("\n"):
        if top > A4[1] - 30 * mm:
            canvas.showPage()
            top = 20 * mm
        top = say(canvas, line, LEFT, top + 2 * mm, WIDE, size=10)


def _facts(voucher: Voucher) -> list[tuple[str, str]]:
    facts = [
        (_("Code"), voucher.code),
        (_("For"), voucher.about),
        (_("Covers"), covers_text(voucher.version)),
        (_("Visits"), str(voucher.visits)),
        (_("Valid until"), date_format(timezone.localtime(voucher.expires_at), "DATE_FORMAT")),
    ]
    if voucher.version.deductible:
        facts.append((_("You pay per visit"), format_money(voucher.version.deductible, voucher.currency)))
    if voucher.activate_until is not None and voucher.state == Voucher.State.ISSUED:
        day = date_format(timezone.localtime(voucher.activate_until), "DATE_FORMAT")
        facts.append((_("Activate it until"), day))
    facts.append((_("Sold by"), localized(voucher.store, "name")))
    return facts

"""Codes on paper: letters to people, one page each, and posters or sheets of labels with a QR code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from chat.models import AccessCode, Campaign
from chat.queries.codes import code_address, plain_code
from core.localized import localized
from core.pdf import draw_qr, say
from stores.models import Store
from unions.models import Union

WIDTH, HEIGHT = A4
WINDOW_LEFT, WINDOW_TOP, WINDOW_WIDTH = 20 * mm, 45 * mm, 85 * mm
"""Where a folded A4 page shows through the window of a C6/5 or DL envelope (DIN 5008 form B, ISO 269)."""
LABEL_ROWS, LABEL_COLUMNS = 7, 3


@dataclass(frozen=True)
class Sheet:
    """One code to be printed: the words for its reader's language come with it."""

    code: AccessCode
    plain: str
    address: str


def sheets_of(union: Union, codes: Sequence[AccessCode]) -> list[Sheet]:
    """The codes themselves, taken out of what is stored."""
    plains = [(code, plain_code(code, union)) for code in codes]
    return [Sheet(code, plain, code_address(union, plain)) for code, plain in plains if plain]


def letters(campaign: Campaign, sheets: Sequence[Sheet]) -> bytes:
    """One A4 page for each person, in their own language, the address where a window envelope shows it."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    canvas.setTitle(campaign.name)
    canvas.setAuthor(campaign.union.name)
    for sheet in sheets:
        with translation.override(sheet.code.language or campaign.union.default_language):
            _letter(canvas, campaign, sheet)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def poster(campaign: Campaign, sheet: Sheet, *, language: str) -> bytes:
    """One A4 page with a large QR code."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle(campaign.name)
    with translation.override(language):
        top = say(canvas, _sender(campaign), 25 * mm, 30 * mm, WIDTH - 50 * mm, size=20, bold=True)
        top = say(canvas, _subject(campaign), 25 * mm, top + 8 * mm, WIDTH - 50 * mm, size=32, bold=True)
        if campaign.words:
            top = say(canvas, campaign.words, 25 * mm, top + 6 * mm, WIDTH - 50 * mm, size=16)
        side = 110 * mm
        draw_qr(canvas, sheet.address, (WIDTH - side) / 2, top + 10 * mm, side)
        top = say(canvas, _("Point your phone’s camera here"), 25 * mm, top + side + 16 * mm, WIDTH - 50 * mm, size=16)
        say(canvas, f"{sheet.plain}   {sheet.address}", 25 * mm, top + 3 * mm, WIDTH - 50 * mm, size=11)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def labels(campaign: Campaign, sheets: Sequence[Sheet], *, language: str) -> bytes:
    """Sheets of 21 labels (70 × 42.4 mm), each with its own code."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle(campaign.name)
    wide, high = WIDTH / LABEL_COLUMNS, HEIGHT / LABEL_ROWS
    with translation.override(language):
        for place, sheet in enumerate(sheets):
            number = place % (LABEL_ROWS * LABEL_COLUMNS)
            if place and number == 0:
                canvas.showPage()
            left, top = number % LABEL_COLUMNS * wide + 5 * mm, number // LABEL_COLUMNS * high + 5 * mm
            draw_qr(canvas, sheet.address, left, top, 28 * mm)
            text = wide - 43 * mm
            after = say(canvas, _subject(campaign)[:60], left + 31 * mm, top, text, size=9, bold=True)
            say(canvas, sheet.plain, left + 31 * mm, after + 1 * mm, text, size=8)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _letter(canvas: Canvas, campaign: Campaign, sheet: Sheet) -> None:
    code, left, wide = sheet.code, 25 * mm, WIDTH - 50 * mm
    say(canvas, _sender(campaign), WINDOW_LEFT, 40 * mm, WINDOW_WIDTH, size=7)
    say(canvas, "\n".join(part for part in (code.name, code.address) if part), WINDOW_LEFT, WINDOW_TOP + 3 * mm,
         WINDOW_WIDTH, size=11)  # fmt: skip
    day = date_format(code.created_at, "DATE_FORMAT")
    say(canvas, day, WIDTH - 70 * mm, 45 * mm, 45 * mm, size=10)
    top = say(canvas, _subject(campaign), left, 105 * mm, wide, size=14, bold=True)
    hello = _("Dear %(name)s,") % {"name": code.name} if code.name else _("Hello,")
    top = say(canvas, hello, left, top + 6 * mm, wide, size=11)
    words = campaign.words or _(
        "we would like to talk with you in person. With this code you are connected to the right person at once."
    )
    top = say(canvas, words, left, top + 3 * mm, wide, size=11)
    side = 40 * mm
    draw_qr(canvas, sheet.address, left, top + 8 * mm, side)
    beside = left + side + 8 * mm
    after = say(canvas, _("Your code"), beside, top + 10 * mm, wide - side - 8 * mm, size=10)
    after = say(canvas, sheet.plain, beside, after + 1 * mm, wide - side - 8 * mm, size=20, bold=True)
    how = _("Point your phone’s camera at the square, or enter the code at %(address)s") % {
        "address": sheet.address.removesuffix(f"{sheet.plain}/")
    }
    after = say(canvas, how, beside, after + 3 * mm, wide - side - 8 * mm, size=10)
    until = code.expires_at or campaign.expires_at
    if until is not None:
        words = _("Valid until %(day)s.") % {"day": date_format(until, "DATE_FORMAT")}
        after = say(canvas, words, beside, after + 2 * mm, wide - side - 8 * mm, size=10)
    say(canvas, _sender(campaign), left, max(after, top + side + 8 * mm) + 12 * mm, wide, size=11)


def _sender(campaign: Campaign) -> str:
    """The store with its address, or the union."""
    store: Store | None = campaign.store
    if store is None:
        return localized(campaign.union, "name")
    parts = (localized(store, "name"), store.street, store.city)
    return " · ".join(part for part in parts if part)


def _subject(campaign: Campaign) -> str:
    return localized(campaign.product, "title") if campaign.product else campaign.name

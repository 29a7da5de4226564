"""What all PDF files of the platform share: A4 with page numbers, and fonts in which every language can be read."""

from __future__ import annotations

from typing import IO, Any

import segno
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate


def paper(out: IO[bytes], *, title: str, author: str) -> SimpleDocTemplate:
    """An A4 document with the usual margins."""
    return SimpleDocTemplate(
        out,
        pagesize=A4,
        title=title,
        author=author,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
    )


def page_number(canvas: Any, document: Any) -> None:
    """Draws the number of the page into its corner."""
    canvas.setFont("Helvetica", 8)
    canvas.drawRightString(A4[0] - 18 * mm, 12 * mm, str(document.page))


def say(canvas: Canvas, text: str, left: float, top: float, width: float, *, size: int, bold: bool = False) -> float:
    """Write a text on an A4 page from `top` (measured from its upper edge) and say where it ends."""
    for line in text.split("\n"):
        paragraph = cell(line, size=size, bold=bold)
        _wide, high = paragraph.wrap(width, A4[1])
        paragraph.drawOn(canvas, left, A4[1] - top - high)
        top += high
    return top


def draw_qr(canvas: Canvas, address: str, left: float, top: float, side: float, *, error: str = "m") -> None:
    """Drawn as squares, sharp at any size; a quiet zone of four modules lies within `side`."""
    modules = [list(row) for row in segno.make_qr(address, error=error).matrix]
    step = side / (len(modules) + 8)
    canvas.setFillColorRGB(0, 0, 0)
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                y = A4[1] - top - (row + 5) * step
                canvas.rect(left + (column + 4) * step, y, step * 1.02, step * 1.02, stroke=0, fill=1)


def cell(text: object, *, right: bool = False, bold: bool = False, size: int = 9) -> Paragraph:
    """A text of a table or a heading, in a font that has its characters."""
    said = str(text)
    style = ParagraphStyle(
        "cell",
        fontName=_font(said, bold=bold),
        fontSize=size,
        leading=size * 1.3,
        alignment=TA_RIGHT if right else 0,
    )
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Paragraph(escaped, style)


def _font(text: str, *, bold: bool) -> str:
    """Hangul and Chinese need fonts of their own; every PDF reader has these two."""
    if any("\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff" for character in text):
        name = "HYSMyeongJo-Medium"
    elif any(ord(character) > 0x2E7F for character in text):
        name = "MSung-Light"
    else:
        return "Helvetica-Bold" if bold else "Helvetica"
    if name not in pdfmetrics.getRegisteredFontNames():
        font = UnicodeCIDFont(name)
        if name == "MSung-Light":
            # reportlab pairs this Taiwanese face with the mainland's code map, which readers refuse.
            font.encodingName = "UniCNS-UCS2-H"
        pdfmetrics.registerFont(font)
    return name

"""The mark of `static/favicon.svg` as PNG, for phones that put the console among their programs: they take no SVG."""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageDraw

GRID = 32
"""The mark is drawn on so many units, as in the SVG."""
FINE = 4
"""So much larger it is drawn, then made small: edges become smooth."""
GROUND, INK = "#1f5f8f", "#ffffff"
AWNING = 3.35
"""Half the width of each of its three bows."""


@functools.cache
def icon_png(*, size: int, maskable: bool = False) -> bytes:
    """Square; `maskable` has its ground up to the edges and the mark within the middle that no phone cuts away."""
    wide = size * FINE
    image = Image.new("RGBA", (wide, wide))
    pen = ImageDraw.Draw(image)
    shrink = 0.66 if maskable else 1.0
    unit = wide / GRID * shrink
    edge = wide * (1 - shrink) / 2

    def at(*points: float) -> list[float]:
        return [edge + each * unit for each in points]

    if maskable:
        pen.rectangle((0, 0, wide, wide), fill=GROUND)
    else:
        pen.rounded_rectangle((0, 0, wide - 1, wide - 1), radius=7 * unit, fill=GROUND)
    stroke = round(2 * unit)
    pen.line(at(6, 13, 8.5, 6, 23.5, 6, 26, 13), fill=INK, width=stroke, joint="curve")
    for bow in range(3):
        left = 6 + bow * 2 * AWNING
        pen.pieslice(at(left, 13 - AWNING, left + 2 * AWNING, 13 + AWNING), 0, 180, fill=INK)
    pen.line(at(8.5, 18, 8.5, 26, 23.5, 26, 23.5, 18), fill=INK, width=stroke, joint="curve")
    written = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()

"""Draws every picture of the demo: goods by motif, store fronts and union scenes, as small static SVG."""

from martunion.demo.pictures import desk, drinks, house, street, table, wear
from martunion.demo.pictures.fronts import store_front
from martunion.demo.pictures.grounds import ground
from martunion.demo.pictures.palette import TONES, Dice, palette
from martunion.demo.pictures.scenes import SCENES, union_scene
from martunion.demo.pictures.shapes import MOTIFS, svg

__all__ = [
    "MOTIFS",
    "SCENES",
    "TONES",
    "desk",
    "drinks",
    "good",
    "house",
    "store_front",
    "street",
    "table",
    "union_scene",
    "wear",
]


def good(*, motif: str, key: str, hue: int, tone: str = "") -> str:
    """The picture of a good, 400 by 400.

    `motif` names a drawing in `MOTIFS`, `key` (the good's slug) chooses among its variations, `hue` is the union's
    (0 to 359), `tone` one of `TONES` where the good has a colour of its own.
    """
    colours = palette(hue=hue, key=key, tone=tone)
    dice = Dice(key)
    drawing = ground(colours, dice) + MOTIFS[motif](colours, dice)
    return svg(400, 400, drawing)

"""What lies behind a good: a quiet ground, one large shape and the table on which it stands."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import box, disc, line, oval, path, ring


def ground(c: Palette, dice: Dice) -> str:
    """A background of 400 by 400, one of seven kinds."""
    back = box(0, 0, 400, 400, c.ground)
    kind = dice.number(7)
    if kind == 0:
        back += disc(200, 190, 148, c.ground_light) + disc(200, 190, 148, c.ground_deep, 0.25)
    elif kind == 1:
        back += path("M72 330V190a128 128 0 0 1 256 0v140z", c.ground_light)
    elif kind == 2:
        back += disc(dice.pick(110, 290), 120, 62, c.ground_light)
        back += path("M0 250c70-60 130-60 200-20s130 30 200-30v200H0z", c.ground_deep, 0.7)
    elif kind == 3:
        back += path("M0 0h400v120C330 190 250 80 160 150S40 200 0 170z", c.ground_light)
    elif kind == 4:
        back += ring(200, 185, 150, c.ground_light, 26) + disc(200, 185, 118, c.ground_deep, 0.5)
    elif kind == 5:
        back += "".join(box(x, 0, 28, 400, c.ground_light, 0, 0.6) for x in range(14, 400, 57))
    else:
        back += box(78, 40, 244, 280, c.ground_light, 18) + line("M200 40v280M78 170h244", c.ground, 8)
    return back + dice.pick(
        box(0, 318, 400, 82, c.table),
        path("M0 322q200-16 400 0v78H0z", c.table),
        box(0, 318, 400, 82, c.table) + box(0, 318, 400, 8, c.ground_light, 0, 0.6),
        oval(200, 348, 190, 38, c.table),
    )

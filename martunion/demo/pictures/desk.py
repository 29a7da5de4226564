"""Motifs of the desk and the workbench: books, paper, pens, prints and tools."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import (
    box,
    disc,
    group,
    label,
    line,
    mirrored,
    motif,
    path,
    shade,
    turned,
)


@motif
def book(c: Palette, dice: Dice) -> str:
    if dice.number(3):
        pages = path("M112 92h176l16 14v238H128z", "#efe4cf")
        cover = (
            box(104, 80, 184, 256, c.main, 8) + box(104, 80, 30, 256, c.deep, 8) + line("M142 80v256", c.dark, 3, 0.4)
        )
        art = dice.pick(
            disc(214, 166, 42, c.accent_light) + path("M150 250q32-50 64-20t66-30v60H150z", c.pale),
            path("M150 250l64-130 64 130z", c.accent) + disc(250, 130, 18, c.pale),
            "".join(line(f"M156 {y}q14-16 28 0t28 0 28 0 28 0", c.pale, 7) for y in (140, 170, 200, 230)),
            box(158, 116, 110, 132, c.pale, 55) + line("M213 236v-90M213 190l-24-24M213 172l24-24", c.leaf_deep, 6),
        )
        words = box(160, 274, 108, 11, c.paper, 5) + box(178, 296, 72, 8, c.paper, 4, 0.7)
        return shade(206, 344, 110, c) + turned(pages + cover + art + words, dice.pick(-5, 0, 4))
    stack = ""
    for i, tone in enumerate((c.main, c.accent, c.deep, c.light)):
        x = 84 + dice.between(-12, 16)
        stack += (
            box(x, 284 - i * 54, 226, 52, tone, 8)
            + box(x + 12, 292 - i * 54, 214, 36, c.paper, 4)
            + box(x, 284 - i * 54, 40, 52, tone, 8)
            + box(x + 18, 298 - i * 54, 6, 26, c.paper, 3, 0.6)
        )
    return shade(200, 338, 126, c) + stack


@motif
def notebook(c: Palette, dice: Dice) -> str:
    body = box(112, 84, 180, 252, c.main, 14) + box(262, 84, 14, 252, c.dark) + box(100, 84, 26, 252, c.deep, 8)
    rings = "".join(box(90, y, 34, 9, c.metal_deep, 4) for y in range(108, 320, 34))
    pencil = turned(
        box(306, 110, 20, 180, "#f2b63c")
        + path("M306 290h20l-10 34z", "#f0dcb4")
        + path("M312 310h8l-4 14z", c.ink)
        + box(306, 96, 20, 22, "#e27a6a", 6),
        dice.pick(8, 14),
        316,
        330,
    )
    return shade(210, 340, 118, c) + body + rings + label(150, 142, 96, 92, c, dice) + pencil


@motif
def pen(c: Palette, dice: Dice) -> str:
    body = (
        box(184, 56, 34, 170, c.main, 12) + box(184, 56, 12, 170, c.light, 6) + box(180, 186, 42, 16, c.accent_deep, 4)
    )
    nib = (
        path("M186 226h30l-4 40-11 40-11-40z", c.metal)
        + line("M201 262v36", c.metal_deep, 3)
        + box(214, 70, 9, 90, c.accent, 4)
    )
    stroke = line("M78 326c40-30 60 20 98-4 20-12 30-6 42 4" if dice.number(2) else "M84 322q30-30 60 0t60 0", c.ink, 7)
    return shade(206, 344, 100, c) + box(64, 288, 240, 52, c.paper, 4) + stroke + turned(body + nib, 28, 201, 306)


@motif
def print_(c: Palette, dice: Dice) -> str:
    """A framed print."""
    frame = box(88, 62, 224, 270, c.wood, 6) + box(102, 76, 196, 242, c.paper) + box(124, 98, 152, 198, c.pale)
    art = dice.pick(
        disc(232, 150, 26, c.accent)
        + path("M124 232q40-60 76-20t76-30v114H124z", c.main)
        + path("M124 262q40-30 76-6t76-10v50H124z", c.deep),
        path("M184 296l8-120h26l8 120z", c.accent_deep)
        + box(180, 158, 50, 22, c.paper, 4)
        + path("M176 158l29-30 29 30z", c.dark)
        + path("M124 270q76-26 152 0v26H124z", c.main),
        path("M136 250h128l-24 30h-80z", c.deep)
        + path("M198 124v118h-52z", c.accent_light)
        + path("M206 140v102h44z", c.accent)
        + line("M130 288q16-12 32 0t32 0 32 0 32 0", c.main, 6),
        "".join(
            box(136 + i * 22, 250 - dice.between(20, 110), 18, 130, tone)
            for i, tone in enumerate((c.main, c.deep, c.accent, c.light, c.dark, c.accent_deep))
        )
        + box(124, 268, 152, 28, c.ink),
    )
    return shade(200, 338, 112, c) + frame + art + box(88, 62, 224, 14, "#d6a472", 4)


@motif
def chair(c: Palette, dice: Dice) -> str:
    legs = "".join(
        line(d, c.wood_deep, 13) for d in ("M126 236l-14 100", "M274 236l14 100", "M150 244v82", "M250 244v82")
    )
    back = line("M132 230L122 86M268 230l10-144", c.wood, 14) + dice.pick(
        box(118, 88, 164, 34, c.main, 14) + box(124, 142, 152, 26, c.main, 12),
        box(118, 78, 164, 122, c.main, 26) + box(118, 78, 44, 122, c.light, 22),
        "".join(line(f"M{x} 100v118", c.wood, 8) for x in (160, 200, 240)) + box(114, 76, 172, 28, c.wood, 14),
    )
    return (
        shade(200, 338, 104, c) + legs + back + box(112, 216, 176, 34, c.deep, 15) + box(112, 212, 176, 22, c.main, 11)
    )


@motif
def clock(c: Palette, dice: Dice) -> str:
    face = disc(200, 190, 124, c.dark) + disc(200, 190, 116, c.main) + disc(200, 190, 96, c.paper)
    marks = "".join(turned(box(196, 104, 8, 18, c.ink, 3), a, 200, 190) for a in range(0, 360, 30))
    hands = turned(box(195, 130, 10, 66, c.ink, 5), dice.number(12) * 30, 200, 190) + turned(
        box(197, 108, 6, 88, c.accent_deep, 3), dice.number(12) * 30, 200, 190
    )
    feet = mirrored(line("M130 296l-22 40", c.dark, 15))
    return shade(200, 340, 106, c) + feet + face + marks + hands + disc(200, 190, 10, c.accent_deep)


@motif
def knife(c: Palette, dice: Dice) -> str:
    board = box(60, 270, 280, 66, c.wood, 20) + box(60, 270, 280, 22, "#d6a472", 11) + disc(310, 300, 9, c.wood_deep)
    blade = path("M64 214c70-70 130-84 176-84v84z", c.metal) + path("M64 214c60-24 120-26 176-26v26z", c.metal_deep)
    grip = (
        box(236, 148, 112, 46, c.main, 16)
        + box(236, 148, 16, 46, c.dark, 4)
        + "".join(disc(x, 171, 6, c.pale) for x in (276, 306, 332))
    )
    return shade(200, 340, 140, c) + board + turned(blade + grip, dice.pick(-10, 4))


@motif
def tool(c: Palette, dice: Dice) -> str:
    wrench = group(
        path("M-20-150c-40-14-52-60-26-92l26 34 34-4 10-36c34 22 34 72-4 98v230a20 20 0 0 1-40 0z", c.metal)
        + box(-10, -110, 10, 170, c.metal_deep, 5),
        "translate(172 268) rotate(-32) scale(.82)",
    )
    driver = group(
        box(-7, -170, 14, 130, c.metal_deep, 3)
        + box(-24, -50, 48, 130, c.main, 18)
        + box(-24, -50, 16, 130, c.light, 8)
        + box(-24, 40, 48, 12, c.accent, 4),
        "translate(246 232) rotate(34)",
    )
    cog = ""
    if dice.number(2):
        cog = (
            "".join(turned(box(292, 262, 18, 20, c.accent_deep, 4), a, 301, 300) for a in range(0, 360, 45))
            + disc(301, 300, 28, c.accent_deep)
            + disc(301, 300, 11, c.paper)
        )
    return shade(200, 338, 130, c) + wrench + driver + cog


@motif
def parcel(c: Palette, dice: Dice) -> str:
    body = (
        path("M84 166l116-46 116 46v122l-116 52-116-52z", "#d6a472")
        + path("M200 214l116-48v122l-116 52z", "#b98552")
        + path("M84 166l116-46 116 46-116 48z", "#e6bd8f")
    )
    tape = path("M142 143l116 46v40l-24 10v-42l-116-46z", c.main) + box(104, 222, 64, 40, c.paper, 4)
    return (
        shade(200, 334, 130, c)
        + body
        + tape
        + turned(line("M114 236h42M114 248h28", c.ink, 5, 0.6), 0)
        + (disc(280, 130, 20, c.accent) if dice.number(2) else "")
    )

"""Motifs of devices and of services: what is repaired, taught, lent and looked after in a shopping street."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import (
    box,
    disc,
    group,
    line,
    mirrored,
    motif,
    oval,
    path,
    ring,
    shade,
    turned,
)


@motif
def phone(c: Palette, dice: Dice) -> str:
    body = box(126, 60, 148, 276, c.ink, 26) + box(136, 72, 128, 252, c.main, 18)
    screen = path("M136 220q64-60 128 0v86a18 18 0 0 1-18 18h-92a18 18 0 0 1-18-18z", c.deep) + disc(
        226, 140, 24, c.accent_light
    )
    apps = "".join(
        box(x, y, 26, 26, tone, 8)
        for x, y, tone in (
            (152, 238, c.pale),
            (187, 238, c.accent),
            (222, 238, c.light),
            (152, 276, c.accent_light),
            (187, 276, c.light),
            (222, 276, c.pale),
        )
    )
    crack = line("M136 100l40 30-12 26 46 20-10 34", c.paper, 5) if dice.number(2) else box(182, 80, 36, 9, c.ink, 5)
    return shade(200, 340, 90, c) + turned(body + screen + apps + crack, dice.pick(-6, 0, 6))


@motif
def camera(c: Palette, dice: Dice) -> str:
    body = box(66, 146, 268, 190, c.ink, 26) + box(66, 190, 268, 92, c.main) + path("M142 146l20-38h76l20 38z", c.ink)
    lens = (
        disc(200, 238, 82, c.dark)
        + disc(200, 238, 70, c.metal_deep)
        + disc(200, 238, 54, c.ink)
        + disc(200, 238, 36, c.deep)
        + disc(184, 222, 12, c.paper, 0.7)
    )
    knobs = (
        box(92, 128, 46, 20, c.metal, 6)
        + disc(290, 136, 15, dice.pick(c.accent, c.metal))
        + box(176, 116, 48, 24, c.glass, 6)
    )
    return shade(200, 340, 140, c) + body + knobs + lens + disc(300, 172, 8, c.accent)


@motif
def lens(c: Palette, dice: Dice) -> str:
    body = box(128, 110, 144, 226, c.ink, 18) + box(118, 158, 164, 56, c.main, 10) + box(122, 250, 156, 34, c.deep, 8)
    grip = "".join(line(f"M{x} 164v44", c.dark, 4) for x in range(130, 280, 14))
    glass = oval(200, 112, 78, 26, c.dark) + oval(200, 112, 62, 19, c.accent_deep) + oval(184, 108, 24, 7, c.paper, 0.6)
    return (
        shade(200, 340, 92, c) + body + grip + glass + box(160, 300, 80, 9, c.accent if dice.number(2) else c.metal, 4)
    )


@motif
def headphones(c: Palette, dice: Dice) -> str:
    band = line("M96 232C96 60 304 60 304 232", c.ink, 20) + line("M112 190C122 90 278 90 288 190", c.main, 9)
    cups = mirrored(
        box(70, 206, 62, 124, c.main, 28) + box(112, 216, 30, 104, c.dark, 14) + box(80, 222, 16, 84, c.light, 8)
    )
    cable = line("M102 330c0 30 60 6 98 10s90 10 120-8", c.ink, 6) if dice.number(2) else disc(101, 268, 9, c.accent)
    return shade(200, 342, 120, c) + band + cups + cable


@motif
def charger(c: Palette, dice: Dice) -> str:
    """A power bank or plug with its cable."""
    body = box(86, 116, 128, 220, c.main, 22) + box(86, 116, 36, 220, c.light, 18)
    bolt = path("M158 176l-34 58h26l-10 48 40-64h-28z", c.pale)
    dots = "".join(disc(120 + i * 20, 142, 5, c.accent if i < dice.between(2, 4) else c.deep) for i in range(4))
    cable = (
        line("M150 116c0-60 60-60 70 0s10 130 50 140 60-40 40-76", c.ink, 10)
        + box(284, 130, 46, 56, c.ink, 8)
        + box(294, 106, 26, 28, c.metal, 3)
    )
    return shade(170, 340, 110, c) + cable + body + bolt + dots


@motif
def speaker(c: Palette, dice: Dice) -> str:
    body = box(80, 110, 240, 226, c.main, 28) + box(80, 110, 240, 60, c.light, 26)
    cone = disc(170, 246, 66, c.dark) + disc(170, 246, 50, c.deep) + disc(170, 246, 20, c.ink)
    side = (
        "".join(disc(282, y, 14, c.pale) for y in (210, 252, 294))
        + box(110, 128, 120, 22, c.accent_light, 8)
        + box(110 + dice.number(90), 126, 5, 26, c.accent_deep, 2)
    )
    handle = line("M130 110c0-40 140-40 140 0", c.wood_deep, 12)
    return shade(200, 340, 126, c) + handle + body + cone + side


@motif
def watch(c: Palette, dice: Dice) -> str:
    strap = path("M160 130l10-84h60l10 84zM160 262l10 84h60l10-84z", c.main) + path(
        "M160 130l10-84h18l-8 84zM160 262l10 84h18l-8-84z", c.light
    )
    case = disc(200, 196, 86, c.metal_deep) + disc(200, 196, 76, c.ink if dice.number(2) else c.paper)
    hands = line("M200 196v-46M200 196l32 20", c.accent, 8)
    marks = "".join(turned(box(197, 128, 6, 13, c.metal, 2), a, 200, 196) for a in range(0, 360, 30))
    return (
        shade(200, 350, 60, c)
        + strap
        + case
        + marks
        + hands
        + disc(200, 196, 7, c.accent_deep)
        + box(284, 186, 14, 20, c.metal_deep, 4)
    )


@motif
def laptop(c: Palette, dice: Dice) -> str:
    lid = box(88, 104, 224, 166, c.ink, 16) + box(100, 116, 200, 142, c.main, 6)
    art = (
        path("M100 220q50-50 100-10t100-20v62a6 6 0 0 1-6 6H106a6 6 0 0 1-6-6z", c.deep)
        + disc(250, 156, 20, c.accent_light)
        + (box(120, 136, 70, 9, c.pale, 4) + box(120, 154, 50, 9, c.pale, 4, 0.6) if dice.number(2) else "")
    )
    return (
        shade(200, 330, 156, c)
        + lid
        + art
        + path("M66 276h268l26 46q-160 16-320 0z", c.metal)
        + path("M100 284h200l8 16H92z", c.metal_deep)
        + box(168, 306, 64, 10, c.metal_deep, 4)
    )


@motif
def scissors(c: Palette, dice: Dice) -> str:
    blade = path("M194 60c14 60 18 110 14 160l-20 4c-8-60-8-110 6-164z", c.metal)
    left = turned(blade + ring(172, 276, 40, c.main, 19), 17, 200, 212)
    right = turned(group(blade + ring(172, 276, 40, c.deep, 19), "matrix(-1 0 0 1 400 0)"), -17, 200, 212)
    comb = ""
    if dice.number(2):
        comb = group(
            box(0, 0, 30, 190, c.accent_deep, 8) + "".join(box(28, 10 + i * 13, 30, 6, c.accent, 2) for i in range(14)),
            "translate(306 118) rotate(8)",
        )
    return shade(196, 340, 104, c) + comb + left + right + disc(200, 212, 9, c.ink)


@motif
def barber(c: Palette, dice: Dice) -> str:
    """The turning pole of a hairdresser."""
    stripes = "".join(
        path(f"M158 {y}l84-50v32l-84 50z", tone)
        for y, tone in ((150, c.accent), (214, c.main), (278, c.accent), (342, c.main))
    )
    glass = box(158, 104, 84, 200, c.paper) + stripes + box(158, 104, 16, 200, "#ffffff", 0, 0.6)
    ends = (
        box(146, 84, 108, 30, c.deep, 10)
        + box(146, 296, 108, 40, c.deep, 10)
        + disc(200, 66, 24, c.main)
        + disc(192, 58, 7, c.pale)
    )
    cover = box(120, 330, 160, 10, c.dark, 5)
    return shade(200, 342, 100, c) + glass + box(100, 336, 200, 64, c.table) + ends + cover


@motif
def needle(c: Palette, dice: Dice) -> str:
    """Thread, needle and buttons: alterations and tailoring."""
    spool = (
        box(102, 130, 116, 26, c.wood, 8)
        + box(102, 310, 116, 26, c.wood, 8)
        + box(116, 154, 88, 158, c.main, 6)
        + "".join(line(f"M118 {y}l84-8", c.deep, 4) for y in range(172, 312, 15))
    )
    thread = line("M204 190c80-40 30 90 84 80s30-120 20-170", c.main, 5)
    pin = turned(box(303, 76, 9, 210, c.metal_deep, 4) + oval(307.5, 92, 2.5, 9, c.ground_light), 6, 307, 180)
    buttons = "".join(
        disc(x, y, r, tone) + "".join(disc(x + dx, y + dy, 3.4, c.ink) for dx in (-6, 6) for dy in (-6, 6))
        for x, y, r, tone in ((262, 314, 25, c.accent), (dice.pick(70, 330), 322, 19, c.accent_deep))
    )
    return shade(190, 340, 110, c) + spool + thread + pin + buttons


@motif
def ticket(c: Palette, dice: Dice) -> str:
    def one(tone: str, light: str) -> str:
        right = "M60 140h280a14 14 0 0 0 14 14v30a20 20 0 0 0 0 40v30a14 14 0 0 0-14 14H60"
        notch = right + "a14 14 0 0 0-14-14v-30a20 20 0 0 0 0-40v-30a14 14 0 0 0 14-14z"
        return path(notch, tone) + line("M262 152v104", light, 5).replace("/>", ' stroke-dasharray="2 13"/>')

    front = (
        one(c.main, c.pale)
        + box(84, 172, 120, 15, c.paper, 7)
        + box(84, 200, 84, 10, c.paper, 5, 0.8)
        + box(84, 220, 100, 10, c.paper, 5, 0.8)
    )
    star = dice.pick(
        path("M304 176l9 19 21 3-15 14 4 21-19-10-19 10 4-21-15-14 21-3z", c.accent_light),
        disc(304, 204, 23, c.accent_light),
        path("M304 180c20 20 20 32 0 48-20-16-20-28 0-48z", c.accent_light),
    )
    return shade(200, 326, 140, c) + turned(one(c.deep, c.light), 10) + turned(front + star, -7)


@motif
def guitar(c: Palette, dice: Dice) -> str:
    body = (
        path("M200 190c60 0 66 40 56 62 44 16 34 92-56 92s-100-76-56-92c-10-22-4-62 56-62z", c.main)
        + disc(200, 262, 26, c.ink)
        + box(172, 312, 56, 12, c.wood_deep, 5)
    )
    neck = (
        box(188, 60, 24, 180, c.wood_deep)
        + box(178, 30, 44, 44, c.wood, 8)
        + "".join(line(f"M188 {y}h24", c.cream, 3) for y in (92, 116, 140, 164))
    )
    strings = line("M196 50v264M204 50v264", c.cream, 2)
    return shade(200, 346, 76, c) + turned(neck + body + strings, dice.pick(-14, 14), 200, 240)


@motif
def talk(c: Palette, dice: Dice) -> str:
    """Advice, a talk or a tour: two speech bubbles."""
    one = path(
        "M70 96h200a26 26 0 0 1 26 26v80a26 26 0 0 1-26 26H150l-50 44v-44H70a26 26 0 0 1-26-26v-80a26 26 0 0 1 26-26z",
        c.main,
    )
    two = path(
        "M190 200h130a24 24 0 0 1 24 24v56a24 24 0 0 1-24 24h-8v36l-44-36h-78a24 24 0 0 1-24-24v-56a24 24 0 0 1 24-24z",
        c.accent,
    )
    words = box(82, 132, 150, 12, c.pale, 6) + box(82, 160, 110, 12, c.pale, 6, 0.7)
    dots = (
        "".join(disc(x, 252, 10, c.paper) for x in (218, 254, 290))
        if dice.number(2)
        else path("M254 286c-50-30-30-66 0-44 30-22 50 14 0 44z", c.paper)
    )
    return one + words + two + dots


@motif
def map_(c: Palette, dice: Dice) -> str:
    """A walk or a guided tour: a folded map with a pin."""
    sheets = (
        path("M60 130l90-30v206l-90 30z", c.light)
        + path("M150 100l100 30v206l-100-30z", c.pale)
        + path("M250 130l90-30v206l-90 30z", c.light)
    )
    land = path("M60 250q50-30 90-10v66l-90 30zM150 240q60-40 100 10v86l-100-30z", c.leaf, 0.7) + line(
        "M76 300q60-90 130-70t110-90", c.accent_deep, 7
    ).replace("/>", ' stroke-dasharray="4 15"/>')
    x = dice.pick(210, 270)
    pin = path(f"M{x} 230c-40-50-50-70-50-94a50 50 0 0 1 100 0c0 24-10 44-50 94z", c.main) + disc(x, 136, 20, c.paper)
    return shade(200, 342, 140, c) + sheets + land + pin


@motif
def stones(c: Palette, dice: Dice) -> str:
    """Rest and care: warm stones with a sprig."""
    pile = (
        oval(200, 308, 112, 30, c.ink)
        + oval(196, 262, 86, 26, c.dark)
        + oval(204, 222, 62, 21, c.deep)
        + oval(198, 188, 40, 15, c.main)
    )
    glow = (
        oval(170, 298, 50, 7, c.light, 0.4) + oval(170, 254, 38, 6, c.light, 0.5) + oval(186, 216, 28, 5, c.pale, 0.5)
    )
    sprig = line("M302 320c20-60 10-120-20-180", c.leaf_deep, 6) + "".join(
        group(oval(0, -22, 11, 22, c.leaf), f"translate({x} {y}) rotate({a})")
        for x, y, a in (
            (300, 280, -60),
            (308, 260, 60),
            (300, 230, -60),
            (306, 210, 60),
            (290, 180, -60),
            (284, 146, 0),
        )
    )
    flower = (
        "".join(
            group(oval(0, -17, 10, 17, c.accent_light), f"translate(96 304) rotate({a})") for a in range(0, 360, 60)
        )
        + disc(96, 304, 9, "#f4c84a")
        if dice.number(2)
        else ""
    )
    return shade(200, 338, 130, c) + pile + glow + sprig + flower


@motif
def brush(c: Palette, dice: Dice) -> str:
    """Painting and crafts: a palette and a brush."""
    board = path(
        "M66 236c0-70 62-116 140-116 76 0 130 42 130 96 0 36-28 48-56 44"
        "-30-4-40 14-30 34 8 20-8 40-44 40-80 0-140-34-140-98z",
        c.wood,
    )
    paints = "".join(
        disc(x, y, 19, tone)
        for x, y, tone in (
            (120, 222, c.main),
            (162, 172, c.accent),
            (224, 158, "#f2b63c"),
            (282, 188, c.deep),
            (136, 274, c.leaf),
        )
    )
    stick = turned(
        box(292, 50, 15, 190, c.dark, 7)
        + box(289, 226, 21, 34, c.metal)
        + path("M289 260h21c2 26-4 40-10 54-8-14-14-28-11-54z", c.accent_deep),
        dice.pick(24, 34),
        300,
        300,
    )
    return shade(200, 340, 134, c) + board + paints + stick


@motif
def key(c: Palette, dice: Dice) -> str:
    """Hire and safe-keeping: a key on its tag."""
    metal = dice.pick("#e2b44a", "#b9c1c8")
    body = ring(146, 150, 52, metal, 24) + group(
        box(0, -12, 170, 24, metal, 8) + box(112, 8, 18, 36, metal, 4) + box(146, 8, 18, 26, metal, 4),
        "translate(182 186) rotate(45)",
    )
    tag = (
        path("M96 214l60-34 40 72-30 62-92-8z", c.main)
        + disc(142, 208, 10, c.ground_light)
        + box(110, 252, 56, 11, c.pale, 5)
        + box(112, 274, 40, 9, c.pale, 4, 0.7)
    )
    return shade(200, 338, 120, c) + body + tag

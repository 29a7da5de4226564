"""Motifs of the table: noodles, bread, cheese, fish, jars and what else is eaten."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import (
    box,
    disc,
    group,
    label,
    line,
    motif,
    oval,
    path,
    shade,
    steam,
    turned,
)


@motif
def jar(c: Palette, dice: Dice) -> str:
    body = box(118, 142, 164, 194, c.glass, 30) + path(
        "M126 176h148v130a24 24 0 0 1-24 24H150a24 24 0 0 1-24-24z", c.main
    )
    bits = "".join(
        disc(140 + dice.number(120), 192 + dice.number(118), dice.between(7, 13), dice.pick(c.light, c.deep), 0.8)
        for _ in range(9)
    )
    lid = dice.pick(
        box(120, 104, 160, 42, c.accent_deep, 10) + box(120, 104, 160, 14, c.accent, 7),
        path("M112 146c10-50 20-58 88-58s78 8 88 58q-22 12-44 0-22 12-44 0-22 12-44 0-22 12-44 0z", c.accent)
        + line("M124 140q76 18 152 0", c.accent_deep, 7),
        box(124, 110, 152, 36, c.wood, 8) + line("M132 128h136", c.wood_deep, 4),
    )
    return (
        shade(200, 338, 100, c)
        + body
        + bits
        + lid
        + label(148, 200, 104, 96, c, dice)
        + box(134, 160, 10, 150, "#ffffff", 5, 0.5)
    )


@motif
def tin(c: Palette, dice: Dice) -> str:
    """A low tin of balm, sweets or film with its lid leaning behind."""
    mark = dice.pick(
        disc(236, 196, 34, c.pale) + path("M236 170l8 18 20 2-15 13 5 19-18-10-18 10 5-19-15-13 20-2z", c.accent_deep),
        line("M206 204q15-18 30 0t30 0", c.pale, 9) + line("M206 186q15-18 30 0t30 0", c.pale, 9),
    )
    return _tin(mark, c)


@motif
def fish_tin(c: Palette, dice: Dice) -> str:
    """A tin of sardines."""
    return _tin(
        path("M198 196c24-30 54-26 74-6l14-12v38l-14-12c-20 18-50 22-74-8z", c.pale) + disc(216, 192, 4, c.ink), c
    )


def _tin(mark: str, c: Palette) -> str:
    lid = disc(236, 196, 96, c.metal_deep) + disc(236, 196, 84, c.metal) + disc(236, 196, 62, c.main)
    body = (
        path("M76 270h200v42c0 16-40 26-100 26S76 328 76 312z", c.deep)
        + oval(176, 270, 100, 24, c.metal)
        + oval(176, 272, 86, 18, c.accent)
        + "".join(oval(x, 272, 22, 7, c.accent_light, 0.9) for x in (126, 174, 222))
        + path("M92 294q84 26 168 0v12q-84 26-168 0z", c.pale)
    )
    return shade(206, 338, 136, c) + lid + mark + body


@motif
def noodle_bowl(c: Palette, dice: Dice) -> str:
    broth = dice.pick("#d9a253", "#b9653a", "#e6d2a4", "#8a4f2c")
    bowl = path("M70 200h260c0 80-48 136-130 136S70 280 70 200z", c.main) + path(
        "M70 200h48c0 70 28 118 82 136-82 0-130-56-130-136z", c.light
    )
    rim = oval(200, 200, 130, 36, c.pale) + oval(200, 203, 114, 28, broth)
    noodles = "".join(line(f"M{110 + i * 9} {204 - (i % 2) * 5}q28-22 56 0t56 {2 - i}", c.cream, 5) for i in range(5))
    on_top = dice.pick(
        oval(248, 192, 30, 17, c.paper) + disc(250, 190, 11, "#f0a733"),
        oval(246, 192, 36, 15, "#a8563a") + oval(238, 188, 30, 11, "#c67652"),
        "".join(oval(x, y, 16, 10, "#f4efe2") for x, y in ((238, 186), (262, 196), (240, 204))),
    )
    greens = "".join(
        disc(x, y, 6, dice.pick(c.leaf, c.leaf_deep)) for x, y in ((156, 192), (176, 186), (190, 206), (144, 204))
    )
    sticks = line("M300 74L180 196", c.wood, 8) + line("M322 88L196 200", c.wood_deep, 8)
    band = line("M92 254q18 16 36 0t36 0 36 0 36 0 36 0 36 0", c.accent_light, 6)
    foot = box(158, 326, 84, 14, c.deep, 6)
    return shade(200, 340, 104, c) + foot + bowl + band + rim + noodles + sticks + on_top + greens + steam(140, 158, c)


@motif
def rice_box(c: Palette, dice: Dice) -> str:
    tray = box(62, 190, 276, 146, c.deep, 24) + box(62, 176, 276, 132, c.dark, 24) + box(74, 184, 252, 112, c.ink, 18)
    rice = box(82, 192, 108, 96, c.paper, 14) + "".join(
        oval(96 + dice.number(80), 204 + dice.number(72), 6, 3, "#e4dbc8") for _ in range(10)
    )
    plum = disc(136, 240, 13, c.accent_deep)
    main = dice.pick(
        "".join(path(f"M{200 + i * 24} 206q22-10 26 12v18q-12 12-26 6z", "#b9703d") for i in range(4)),
        path("M202 232c30-36 70-34 92-8l16-14v40l-16-12c-24 20-62 22-92-6z", "#d97b5a"),
        "".join(disc(216 + i * 30, 218, 16, "#e2b05c") for i in range(4)),
    )
    sides = (
        box(200, 250, 54, 38, c.leaf, 10)
        + box(260, 250, 56, 38, "#f2c14e", 10)
        + line("M206 262q12-8 22 0t22 0", c.leaf_deep, 5)
    )
    return shade(200, 338, 142, c) + tray + rice + plum + main + sides + line("M96 150l210-22M96 164l212-16", c.wood, 8)


@motif
def loaf(c: Palette, dice: Dice) -> str:
    if dice.number(2):
        body = path("M66 262c0-66 64-112 134-112s134 46 134 112c0 44-30 74-72 74H138c-42 0-72-30-72-74z", c.crust)
        cuts = "".join(
            path(f"M{x} {y}c16-28 44-44 60-42-8 20-34 42-60 42z", c.cream)
            for x, y in ((112, 250), (178, 226), (240, 236))
        )
        return (
            shade(200, 338, 140, c)
            + body
            + path("M66 262c0 44 30 74 72 74h124c42 0 72-30 72-74 4 60-230 60-268 0z", c.crust_deep)
            + cuts
        )
    body = path(
        "M70 220c-24-66 58-82 90-70h114c60-10 78 44 52 82v86a18 18 0 0 1-18 18H88a18 18 0 0 1-18-18z", c.crust_deep
    )
    face = path("M70 220c-24-66 58-82 92-70 46 6 54 52 32 80v88a18 18 0 0 1-18 18H88a18 18 0 0 1-18-18z", c.cream)
    seeds = "".join(
        oval(x, y, 7, 4, c.crust, 0.8)
        for x, y in ((100, 240), (140, 210), (120, 286), (160, 300), (106, 200), (156, 258))
    )
    scores = "".join(line(f"M{x} 160q22 26 14 60", c.crust, 8) for x in (224, 262, 300))
    return shade(200, 338, 144, c) + body + face + seeds + scores


@motif
def pasty(c: Palette, dice: Dice) -> str:
    body = path("M58 300c0-90 70-146 142-146s142 56 142 146c0 24-284 24-284 0z", c.crust)
    light = path("M84 284c4-60 50-106 106-112-34 22-60 60-66 112z", "#e9b86c")
    crimp = "".join(
        group(oval(0, 0, 21, 12, c.crust_deep) + oval(0, -3, 16, 7, c.crust), f"translate({x} {y}) rotate({a})")
        for x, y, a in (
            (62, 290, -66),
            (72, 246, -56),
            (98, 204, -44),
            (134, 172, -26),
            (178, 154, -8),
            (224, 154, 10),
            (268, 172, 28),
            (304, 206, 46),
            (328, 248, 58),
            (338, 290, 68),
        )
    )
    slits = "".join(
        line(f"M{x} {y}q12-12 26-6", c.crust_deep, 6)
        for x, y in dice.pick(((170, 226), (216, 240)), ((190, 220), (176, 258), (228, 250)))
    )
    plate = oval(200, 318, 160, 22, c.main) + oval(200, 314, 160, 18, c.pale)
    return shade(200, 334, 160, c) + plate + body + light + crimp + slits + steam(200, 130, c)


def _on_plate(thing: str, c: Palette) -> str:
    plate = oval(200, 322, 150, 20, c.accent_deep) + oval(200, 316, 150, 18, c.accent) + oval(200, 314, 118, 11, c.pale)
    return shade(200, 336, 150, c) + plate + thing


@motif
def bun(c: Palette, dice: Dice) -> str:
    """A round bun in the good's own tone."""
    folds = "".join(line(f"M200 176q{x} 30 {x * 1.4:.0f} 74", c.main, 5) for x in (-44, -18, 18, 44))
    body = path("M98 290c0-70 46-118 102-118s102 48 102 118c0 30-204 30-204 0z", c.light)
    seeds = "".join(disc(140 + dice.number(120), 210 + dice.number(70), 4, c.deep) for _ in range(dice.pick(0, 9)))
    return _on_plate(body + folds + seeds + disc(200, 178, 9, c.deep), c)


@motif
def scone(c: Palette, dice: Dice) -> str:
    """A scone with jam and cream."""
    thing = (
        box(112, 224, 176, 88, c.crust, 30)
        + box(112, 200, 176, 52, "#e9b86c", 24)
        + path("M112 258q88-30 176 0v18q-88 24-176 0z", "#c8374a")
        + path("M122 252q78-44 156 0-20 20-78 20t-78-20z", c.paper)
    )
    return _on_plate(thing, c)


@motif
def cake(c: Palette, dice: Dice) -> str:
    body = path("M80 250l180-74 62 58v74l-242 18z", c.crust) + path("M80 250l180-74 62 58z", c.pale)
    layers = path("M80 272l242-18v16L80 290z", c.accent_light) + path("M80 250l242-16v14L80 268z", c.light)
    fruit = "".join(
        disc(x, y, 15, dice.pick("#c8374a", "#e2622e", "#5a4aa0")) + disc(x - 5, y - 5, 4, c.paper, 0.7)
        for x, y in ((168, 206), (214, 196), (252, 206), (218, 226))
    )
    plate = oval(200, 326, 154, 16, c.main) + oval(200, 322, 154, 13, c.paper)
    return shade(200, 338, 154, c) + plate + body + layers + fruit


@motif
def cheese(c: Palette, dice: Dice) -> str:
    board = box(48, 308, 304, 28, c.wood, 12) + box(48, 308, 304, 9, "#d6a472", 5)
    rind, paste, deep = dice.pick(
        ("#8b7d4a", "#f3dfa4", "#e4c983"), ("#c8743c", "#f6d27a", "#e8b957"), ("#6f8a5a", "#f7ecd0", "#e7d7b0")
    )
    if dice.number(2):
        wedge = path("M74 262l196-98c34 16 54 52 56 98v46H74z", deep) + path("M74 262l196-98c34 16 54 52 56 98z", paste)
        holes = "".join(
            oval(x, y, rx, rx * 0.8, rind, 0.5)
            for x, y, rx in ((150, 286, 13), (216, 292, 9), (270, 282, 15), (236, 220, 10))
        )
        return (
            shade(200, 338, 156, c)
            + board
            + wedge
            + path("M270 164c34 16 54 52 56 98v46h-14v-46c-4-44-22-76-54-92z", rind)
            + holes
        )
    wheel = path("M86 214h228v70c0 20-52 32-114 32S86 304 86 284z", rind) + oval(200, 214, 114, 38, paste)
    cut = path("M200 214l92-24c14 8 22 16 22 24v70c0 8-10 16-26 22l-88-40z", deep) + path(
        "M200 214l88 24v68l-88-40z", paste
    )
    veins = (
        "".join(
            line(f"M{x} {y}q8-10 16-2", "#7f97a8", 5, 0.8) for x, y in ((140, 206), (170, 226), (150, 228), (180, 200))
        )
        if dice.number(2)
        else ""
    )
    return shade(200, 338, 156, c) + board + wheel + cut + veins


@motif
def fruit(c: Palette, dice: Dice) -> str:
    def one(x: int, y: int, r: int) -> str:
        stem = line(f"M{x} {y - r + 8}q2-14 12-20", c.wood_deep, 6)
        leaf = group(path("M0 0c10-24 34-28 50-20C42 2 20 10 0 0z", c.leaf), f"translate({x + 6} {y - r - 4})")
        return (
            stem
            + oval(x, y, r, r * 0.94, c.main)
            + oval(x - r * 0.34, y - r * 0.32, r * 0.26, r * 0.18, c.pale, 0.8)
            + leaf
        )

    basket = (
        path("M78 262h244l-26 74H104z", c.wood)
        + "".join(line(f"M{92 + i * 3} {280 + i * 18}h{216 - i * 8}", c.wood_deep, 5) for i in range(3))
        + box(70, 252, 260, 18, "#d6a472", 9)
    )
    half = (
        disc(300, 308, 34, c.main)
        + disc(300, 308, 27, c.pale)
        + "".join(disc(x, y, 3.4, c.dark) for x, y in ((292, 300), (308, 300), (300, 316)))
    )
    heap = one(136, 226, 44) + one(264, 226, 44) + one(200, 206, 54)
    return shade(200, 338, 128, c) + heap + basket + (half if dice.number(2) else "")


@motif
def fish(c: Palette, dice: Dice) -> str:
    body = path("M66 206c50-74 150-82 214-12l54-42c10 36 10 72 0 108l-54-42C216 288 116 280 66 206z", c.main)
    belly = path("M66 206c60 22 150 26 214 12-64 70-164 62-214-12z", c.pale)
    eye = disc(116, 196, 12, c.paper) + disc(114, 196, 6, c.ink)
    fins = path("M170 148c16-36 60-38 82-14l-22 28z", c.deep) + path(
        "M182 226c18 4 28 22 22 44-22-6-34-22-36-40z", c.deep
    )
    gill = line("M146 176q20 30 0 62", c.deep, 6)
    scales = "".join(
        line(f"M{x} {y}q10 10 0 20", c.light, 4)
        for x, y in ((176, 184), (200, 174), (200, 202), (224, 186), (248, 196))
    )
    dish = (
        oval(200, 306, 168, 28, c.accent_deep)
        + oval(200, 300, 168, 26, c.accent_light)
        + oval(200, 300, 140, 18, c.paper)
    )
    leaf = "".join(oval(x, 296, 20, 8, c.leaf) for x in dice.pick((110, 290), (140, 250), (200, 270)))
    lemon = disc(290, 282, 22, "#f2c33c") + disc(290, 282, 17, "#fae58c")
    return (
        shade(200, 330, 166, c)
        + dish
        + leaf
        + group(body + belly + fins + gill + scales + eye, "translate(0 46)")
        + lemon
    )


@motif
def fish_cake(c: Palette, dice: Dice) -> str:
    """Skewers of folded fish cake, as eaten on a market street."""

    def skewer(x: int, angle: int) -> str:
        folds = "M{0} 120c34-20 34 24 0 20s-34 26 0 26 34 24 0 22-34 26 0 26 34 26 0 24-34 26 0 24"
        return turned(
            box(x - 4, 70, 8, 270, c.wood, 4)
            + line(folds.format(x), c.crust, 24)
            + line(folds.format(x), "#e9c48a", 10),
            angle,
            x,
            336,
        )

    cup = (
        path("M118 226h164l-18 112H136z", c.main)
        + path("M118 226h40l4 112h-26z", c.light)
        + box(110, 216, 180, 18, c.deep, 9)
    )
    wave = line("M134 284q17-14 33 0t33 0 33 0 33 0", c.pale, 7)
    return (
        shade(200, 340, 92, c)
        + skewer(164, -12)
        + skewer(204, 0)
        + skewer(242, 12)
        + cup
        + wave
        + (steam(200, 96, c) if dice.number(2) else "")
    )

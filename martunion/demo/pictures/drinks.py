"""Motifs of tea, coffee and what comes in bags, bottles and boxes."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import (
    box,
    disc,
    group,
    label,
    line,
    mirrored,
    motif,
    oval,
    path,
    shade,
    steam,
    turned,
)


@motif
def teapot(c: Palette, dice: Dice) -> str:
    handle = dice.pick(
        line("M288 214c52-22 70 66-6 78", c.deep, 18),
        line("M120 200C126 96 274 96 280 200", c.wood, 13),
    )
    spout = path("M128 262C84 262 84 206 52 194l22-16c34 12 40 40 66 44z", c.deep)
    body = path("M104 236c0-54 44-82 96-82s96 28 96 82c0 60-40 100-96 100s-96-40-96-100z", c.main)
    light = path("M124 236c0-40 26-62 56-68-30 22-38 88-6 138-32-12-50-40-50-70z", c.light)
    lid = oval(200, 160, 58, 13, c.dark) + path("M146 158c6-26 102-26 108 0z", c.deep) + disc(200, 128, 13, c.accent)
    pattern = dice.pick(
        line("M112 262q22 16 44 0t44 0 44 0 44 0", c.pale, 6),
        disc(214, 242, 34, c.pale) + path("M214 216q26 26 0 52-26-26 0-52z", c.accent_deep),
        line("M226 292c-4-40 10-60 34-78", c.pale, 5)
        + "".join(disc(x, y, 10, c.accent_light) for x, y in ((228, 250), (246, 228), (266, 214), (250, 258))),
    )
    return shade(200, 336, 118, c) + handle + spout + body + light + pattern + lid + steam(58, 172, c)


@motif
def tea_tin(c: Palette, dice: Dice) -> str:
    body = (
        box(122, 140, 156, 196, c.main, 12) + box(122, 140, 40, 196, c.light, 12) + box(244, 140, 34, 196, c.deep, 10)
    )
    lid = box(114, 98, 172, 50, c.deep, 12) + box(114, 98, 50, 50, c.main, 12) + box(114, 136, 172, 12, c.dark, 4)
    leaf = path("M0 0c26-4 40-22 40-46C14-44 0-26 0 0z", c.leaf) + line("M2-2l26-28", c.leaf_deep, 3)
    leaves = "".join(
        group(leaf, f"translate({x} 330) rotate({angle})")
        for x, angle in dice.pick(((300, 20),), ((76, -8), (310, 48)))
    )
    return shade(200, 336, 100, c) + body + lid + label(150, 180, 100, 112, c, dice) + leaves


@motif
def tea_bowl(c: Palette, dice: Dice) -> str:
    saucer = oval(200, 322, 136, 20, c.deep) + oval(200, 316, 136, 18, c.main)
    bowl = path("M104 196h192c0 74-40 120-96 120s-96-46-96-120z", c.light) + path(
        "M104 196h40c0 62 14 100 56 120-56 0-96-46-96-120z", c.pale
    )
    tea = oval(200, 196, 96, 24, c.pale) + oval(200, 199, 82, 17, dice.pick("#c98a3a", "#a9b45c", "#b5622f"))
    mark = dice.pick(
        line("M120 240q20 14 40 0t40 0 40 0 40 0", c.accent_deep, 6),
        "".join(disc(x, 254, 9, c.accent) for x in (156, 200, 244)),
        path("M200 226q30 28 0 56-30-28 0-56z", c.accent_deep),
    )
    return shade(200, 338, 138, c) + saucer + bowl + mark + tea + steam(200, 176, c)


@motif
def bag(c: Palette, dice: Dice) -> str:
    """A bag of coffee with a few of its beans."""
    beans = "".join(
        group(oval(0, 0, 15, 11, "#7a4a2b") + line("M-11 1q11-6 22 0", "#54301a", 3), f"translate({x} {y}) rotate({a})")
        for x, y, a in dice.pick(((92, 330, 20), (68, 336, -30)), ((312, 330, -15), (338, 336, 40), (86, 335, 10)))
    )
    return sack(c, dice) + disc(254, 150, 9, c.deep) + disc(254, 150, 4, c.dark) + beans


@motif
def sack(c: Palette, dice: Dice) -> str:
    """A standing bag of flour, salt or the like."""
    body = path("M112 122l12-26h152l12 26-6 214H118z", c.main) + path("M112 122l12-26h26l-8 240h-24z", c.light)
    fold = path("M124 96h152l-6-18H130z", c.dark) + box(116, 118, 168, 7, c.deep)
    return shade(200, 336, 104, c) + body + fold + label(146, 172, 108, 116, c, dice)


@motif
def mug(c: Palette, dice: Dice) -> str:
    handle = line("M270 196c66-16 66 92-4 90", c.deep, 20)
    body = path("M116 160h164v130a44 44 0 0 1-44 46h-76a44 44 0 0 1-44-46z", c.main)
    light = path("M116 160h38v130c0 20 6 38 20 46h-14a44 44 0 0 1-44-46z", c.light)
    top = oval(198, 160, 82, 18, c.pale) + oval(198, 163, 70, 13, "#8a5a34")
    band = dice.pick(
        path("M116 236h164v54a44 44 0 0 1-44 46h-76a44 44 0 0 1-44-46z", c.accent_deep, 0.85),
        "".join(box(x, 172, 10, 160, c.pale, 5, 0.6) for x in (176, 206, 236)),
        line("M118 250q20-18 41 0t41 0 41 0 38 0", c.pale, 8) + line("M118 280q20-18 41 0t41 0 41 0 38 0", c.pale, 8),
        "".join(
            disc(x, y, 7, c.pale) for x, y in ((180, 214), (220, 196), (244, 240), (204, 262), (236, 294), (172, 296))
        ),
    )
    return shade(204, 338, 108, c) + handle + body + band + light + top + steam(198, 138, c)


@motif
def bottle(c: Palette, dice: Dice) -> str:
    kind = dice.number(3)
    if kind == 0:
        shape = "M172 76h56v66c0 30 40 36 40 82v94a18 18 0 0 1-18 18H150a18 18 0 0 1-18-18v-94c0-46 40-52 40-82z"
    elif kind == 1:
        shape = "M178 70h44v92c0 16 26 26 26 54v102a18 18 0 0 1-18 18h-60a18 18 0 0 1-18-18V216c0-28 26-38 26-54z"
    else:
        shape = "M174 92h52v34c48 14 66 52 66 100 0 68-40 110-92 110s-92-42-92-110c0-48 18-86 66-100z"
    cap = box(166, 54, 68, 34, c.accent_deep, 8) + box(166, 54, 20, 34, c.accent, 8)
    glow = line("M160 226v78", c.pale, 10, 0.6) if kind < 2 else line("M134 214c-8 30 0 60 14 78", c.pale, 10, 0.6)
    paper = label(150 if kind < 2 else 142, 222, 104 if kind < 2 else 116, 84, c, dice)
    return shade(200, 337, 84, c) + path(shape, c.main) + glow + cap + paper


@motif
def pouch(c: Palette, dice: Dice) -> str:
    """A flat packet: dried seaweed, cuttlefish, seeds."""
    body = box(108, 84, 184, 252, c.main, 10) + box(108, 84, 184, 26, c.deep, 8) + box(108, 310, 184, 26, c.deep, 8)
    shine = path("M108 110h52l-30 200h-22z", c.light, 0.7)
    window = dice.pick(
        box(144, 222, 112, 70, c.dark, 8) + "".join(line(f"M{x} 230v54", c.deep, 6) for x in (162, 182, 202, 222, 240)),
        disc(200, 250, 46, c.pale)
        + "".join(
            oval(200 + x, 250 + y, 14, 6, c.accent_deep)
            for x, y in ((-18, -12), (12, -20), (16, 8), (-12, 16), (0, 30))
        ),
        path("M140 292c0-40 26-70 60-70s60 30 60 70z", c.pale)
        + line("M156 284c10-20 30-36 44-36s34 16 44 36", c.accent, 7),
    )
    return shade(200, 338, 112, c) + turned(
        body + shine + label(142, 124, 116, 82, c, dice) + window, dice.pick(-4, 0, 4)
    )


@motif
def gift_box(c: Palette, dice: Dice) -> str:
    body = path("M92 196h216v122a18 18 0 0 1-18 18H110a18 18 0 0 1-18-18z", c.main) + box(92, 196, 52, 140, c.light, 10)
    lid = box(80, 152, 240, 56, c.deep, 12) + box(80, 152, 240, 18, c.main, 9)
    band = box(184, 152, 34, 184, c.accent) + box(184, 152, 10, 184, c.accent_light)
    bow = mirrored(path("M202 150c-16-46-76-58-84-28-6 24 44 32 84 28z", c.accent_deep), 201) + disc(
        201, 148, 16, c.accent
    )
    pattern = dice.pick(
        "".join(
            disc(x, y, 6, c.pale, 0.8)
            for x, y in ((116, 236), (156, 262), (116, 296), (250, 236), (286, 266), (248, 300))
        ),
        "".join(line(f"M{x} 214v114", c.pale, 4, 0.6) for x in (116, 144, 250, 280)),
        "".join(
            line(f"M{x} {y}q12-14 24 0", c.pale, 5, 0.8)
            for x, y in ((106, 240), (146, 270), (106, 300), (232, 244), (270, 276), (236, 306))
        ),
    )
    return shade(200, 338, 124, c) + body + pattern + lid + band + bow


@motif
def ice_cream(c: Palette, dice: Dice) -> str:
    cone = path("M138 214h124l-62 128z", "#d9a05a") + line(
        "M158 222l54 90M196 218l24 56M242 222l-54 90M204 218l-24 56", "#b87a3a", 4
    )
    scoops = disc(162, 184, 46, c.light) + disc(238, 184, 46, c.accent) + disc(200, 130, 50, c.main)
    glow = oval(182, 112, 14, 9, c.pale, 0.9) + path(
        "M120 196q20 22 40 6 20 22 40 4 20 20 40 4 20 16 42-8v16H120z", c.light
    )
    top = dice.pick(
        disc(206, 78, 14, "#c8374a") + line("M206 66q4-18 18-24", c.wood_deep, 4),
        turned(box(226, 44, 16, 76, c.crust, 4), 24, 234, 90),
    )
    return shade(200, 342, 46, c) + top + scoops + glow + cone


@motif
def dripper(c: Palette, dice: Dice) -> str:
    """A coffee dripper over its glass."""
    pot = path("M132 236h136l16 76a22 22 0 0 1-22 26H138a22 22 0 0 1-22-26z", c.glass) + path(
        "M124 286h152l8 30a20 20 0 0 1-20 22H138a20 20 0 0 1-22-22z", "#7a4a2b"
    )
    handle = line("M276 252c48-8 50 64 6 66", c.wood, 13)
    cone = (
        path("M112 128h176l-54 88h-68z", c.main)
        + path("M112 128h46l28 88h-20z", c.light)
        + oval(200, 128, 88, 20, c.pale)
        + oval(200, 130, 70, 13, "#5e3a22")
    )
    base = box(128, 214, 144, 20, c.deep, 10)
    ribs = (
        "".join(line(f"M{x} 152l{(200 - x) * 0.3:.0f} 54", c.deep, 4) for x in (168, 200, 232))
        if dice.number(2)
        else ""
    )
    return shade(206, 340, 108, c) + pot + handle + cone + ribs + base + steam(200, 108, c)

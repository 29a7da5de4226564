"""Motifs of the house: lamps, pottery, plants, baskets and soap."""

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
    ring,
    shade,
)


@motif
def vase(c: Palette, dice: Dice) -> str:
    flowers = ""
    for x, y, bend in dice.pick(((136, 92, -30), (206, 60, 4), (266, 104, 34)), ((160, 74, -20), (244, 84, 24))):
        flowers += line(f"M200 196Q{200 + bend // 3} 150 {x} {y}", c.leaf_deep, 5)
        flowers += "".join(
            group(oval(0, -17, 10, 17, c.accent), f"translate({x} {y}) rotate({a})") for a in range(0, 360, 72)
        )
        flowers += disc(x, y, 9, c.accent_light)
    body = dice.pick(
        "M166 176h68c-6 34 62 60 62 104 0 36-34 56-96 56s-96-20-96-56c0-44 68-70 62-104z",
        "M150 180h100c-4 26 26 40 26 74 0 50-26 82-76 82s-76-32-76-82c0-34 30-48 26-74z",
    )
    band = dice.pick(
        line("M120 262q20 16 40 0t40 0 40 0 40 0", c.pale, 7),
        box(112, 250, 176, 12, c.pale, 6, 0.8) + box(112, 272, 176, 6, c.pale, 3, 0.8),
        "".join(disc(x, 266, 9, c.pale) for x in (146, 182, 218, 254)),
    )
    return (
        shade(200, 338, 92, c)
        + flowers
        + path(body, c.main)
        + line("M140 246c-10 24-6 48 10 64", c.light, 14)
        + band
        + oval(200, 178, 44, 10, c.deep)
    )


@motif
def plate(c: Palette, dice: Dice) -> str:
    stand = path("M120 336l30-40h100l30 40z", c.wood)
    dish = (
        disc(200, 188, 128, c.deep)
        + disc(200, 184, 126, c.main)
        + disc(200, 184, 98, c.pale)
        + disc(200, 184, 84, c.paper)
    )
    mark = dice.pick(
        path("M142 190c30-40 74-36 100-6l22-18v46l-22-16c-30 28-74 26-100-6z", c.accent_deep)
        + disc(166, 184, 5, c.paper),
        "".join(group(oval(0, -34, 15, 30, c.accent), f"translate(200 184) rotate({a})") for a in range(0, 360, 60))
        + disc(200, 184, 15, c.accent_deep),
        "".join(line(f"M132 {y}q17-20 34 0t34 0 34 0 34 0", c.accent_deep, 7) for y in (164, 192, 220)),
    )
    return shade(200, 338, 96, c) + stand + dish + mark


@motif
def bowl(c: Palette, dice: Dice) -> str:
    def one(y: int, tone: str, light: str) -> str:
        return (
            path(f"M86 {y}h228c0 58-40 92-114 92S86 {y + 58} 86 {y}z", tone)
            + path(f"M86 {y}h44c0 48 22 78 70 92-74 0-114-34-114-92z", light)
            + box(162, y + 86, 76, 14, c.dark, 6)
        )

    top = oval(200, 176, 114, 26, c.pale) + oval(200, 179, 100, 20, c.deep)
    speckle = "".join(disc(104 + dice.number(192), 196 + dice.number(30), 3, c.paper, 0.8) for _ in range(14))
    under = one(240, c.accent_deep, c.accent) if dice.number(2) else ""
    lift = 0 if under else 64
    return shade(200, 340, 112, c) + under + group(one(176, c.main, c.light) + speckle + top, f"translate(0 {lift})")


@motif
def lamp(c: Palette, dice: Dice) -> str:
    glow = disc(200, 170, 138, "#fff3c4", 0.55)
    kind = dice.number(3)
    if kind == 0:
        body = box(192, 190, 16, 130, c.wood_deep, 4) + box(138, 316, 124, 20, c.wood, 10)
        shell = path("M144 92h112l42 118H102z", c.main) + path("M144 92h34l-22 118h-54z", c.light)
    elif kind == 1:
        body = (
            line("M200 40v40", c.wood_deep, 5)
            + line("M200 286v44", c.accent_deep, 7)
            + line("M190 330v-24M210 330v-24", c.accent, 5)
        )
        shell = (
            oval(200, 184, 108, 100, c.main)
            + "".join(
                oval(200, 184, rx, 100, "none", 1).replace("/>", f' stroke="{c.deep}" stroke-width="4"/>')
                for rx in (36, 74)
            )
            + box(160, 76, 80, 18, c.dark, 6)
            + box(160, 276, 80, 18, c.dark, 6)
        )
    else:
        body = box(142, 308, 116, 28, c.dark, 8) + line("M146 108c0-70 108-70 108 0", c.dark, 8)
        shell = (
            box(150, 120, 100, 190, "#fff3c4", 16)
            + box(138, 104, 124, 30, c.main, 12)
            + "".join(box(x, 130, 9, 180, c.main, 3) for x in (148, 196, 243))
            + path("M200 214c26 30 22 62 0 62s-26-32 0-62z", "#f2a33a")
        )
    return glow + shade(200, 338, 90, c) + body + shell


@motif
def candle(c: Palette, dice: Dice) -> str:
    glow = disc(200, 108, 74, "#fff0b8", 0.7)
    flame = path("M200 62c34 42 26 74 0 74s-34-32 0-74z", "#f5a83c") + path(
        "M200 94c14 20 12 38 0 38s-14-18 0-38z", "#fff0b8"
    )
    glass = box(130, 158, 140, 178, c.main, 20) + box(130, 158, 36, 178, c.light, 18) + oval(200, 160, 70, 15, c.pale)
    return (
        glow
        + shade(200, 338, 90, c)
        + glass
        + line("M200 160v-26", c.ink, 5)
        + flame
        + label(152, 208, 96, 92, c, dice)
    )


@motif
def cushion(c: Palette, dice: Dice) -> str:
    body = path("M84 128q116-26 232 0 30 104 0 208-116 20-232 0-30-104 0-208z", c.main) + path(
        "M84 128q30-8 60-12-26 110 0 226-30-2-60-6-30-104 0-208z", c.light
    )
    pattern = dice.pick(
        "".join(line(f"M{100 + i * 40} 138v190", c.pale, 10, 0.8) for i in range(6)),
        "".join(
            line(f"M84 {y}l29-26 29 26 29-26 29 26 29-26 29 26 29-26 29 26", c.accent_light, 9) for y in (190, 236, 282)
        ),
        disc(200, 232, 62, c.accent_light) + disc(200, 232, 40, c.accent_deep) + disc(200, 232, 18, c.paper),
    )
    return shade(200, 342, 124, c) + body + pattern


@motif
def basket(c: Palette, dice: Dice) -> str:
    handle = line("M112 220C112 70 288 70 288 220", c.wood_deep, 15)
    body = path("M80 204h240l-30 132H110z", c.wood)
    weave = "".join(
        line(f"M{98 + row * 8} {232 + row * 28}q13-12 26 0" + "t26 0" * (7 - (row + 1) // 2), "#d6a472", 8)
        for row in range(4)
    )
    inside = dice.pick(
        path("M96 204c10-50 60-60 84-30 20-40 90-30 108 30z", c.accent_light),
        "".join(disc(x, 186, 32, c.main) for x in (140, 200, 260)),
        path("M110 204l40-70 40 70zM190 204l44-84 46 84z", c.leaf),
    )
    return shade(200, 338, 110, c) + inside + handle + body + weave + box(72, 194, 256, 20, c.wood_deep, 10)


@motif
def soap(c: Palette, dice: Dice) -> str:
    def bar(x: int, y: int, tone: str, light: str) -> str:
        return box(x, y, 172, 84, tone, 24) + box(x, y, 172, 58, light, 24) + box(x + 40, y + 16, 92, 28, tone, 10, 0.7)

    dish = box(70, 308, 260, 28, c.wood, 12) + "".join(box(x, 308, 8, 28, c.wood_deep) for x in (120, 196, 272))
    second = bar(92, 152, c.accent_deep, c.accent) if dice.number(2) else ""
    bubbles = "".join(ring(x, y, r, c.paper, 5, 0.9) for x, y, r in ((300, 150, 24), (334, 196, 13), (274, 104, 11)))
    sprig = line("M96 306c-20-30-20-70 0-100", c.leaf_deep, 5) + "".join(
        oval(x, y, 13, 6, c.leaf) for x, y in ((70, 276), (98, 258), (70, 238), (100, 220))
    )
    return shade(200, 338, 130, c) + dish + second + bar(114, 226, c.main, c.light) + bubbles + sprig


@motif
def plant(c: Palette, dice: Dice) -> str:
    kind = dice.number(4)
    leaf = path("M0 0C-34-40-30-104 0-136 30-104 34-40 0 0z", c.leaf) + line("M0-4v-112", c.leaf_deep, 4)
    if kind == 0:
        green = "".join(group(leaf, f"translate(200 236) rotate({a})") for a in (-62, -34, 62, 34, -8, 14))
    elif kind == 1:
        green = "".join(
            group(oval(0, -56, 20, 56, tone), f"translate(200 240) rotate({a})")
            for a, tone in (
                (-70, c.leaf_deep),
                (70, c.leaf_deep),
                (-42, c.leaf),
                (42, c.leaf),
                (-16, "#7db56f"),
                (18, c.leaf_deep),
            )
        )
    elif kind == 2:
        green = (
            box(164, 96, 72, 150, c.leaf, 36)
            + box(112, 140, 34, 70, c.leaf, 17)
            + box(112, 184, 70, 28, c.leaf, 14)
            + box(254, 120, 34, 66, c.leaf_deep, 17)
            + box(222, 160, 66, 28, c.leaf_deep, 14)
            + "".join(line(f"M{x} {y}v10", c.paper, 4) for x, y in ((182, 130), (214, 150), (188, 180), (212, 206)))
            + disc(200, 96, 16, c.accent)
        )
    else:
        green = "".join(
            line(f"M200 240Q{200 + x // 3} 160 {200 + x} {y}", c.leaf_deep, 6)
            + "".join(
                group(oval(0, -14, 9, 14, c.accent), f"translate({200 + x} {y}) rotate({a})") for a in range(0, 360, 60)
            )
            + disc(200 + x, y, 8, "#f4c84a")
            for x, y in ((-70, 120), (0, 84), (72, 116), (-34, 160), (40, 168))
        )
    pot = (
        path("M128 246h144l-18 90H146z", c.main)
        + path("M128 246h36l6 90h-24z", c.light)
        + box(118, 232, 164, 26, c.deep, 8)
    )
    return shade(200, 338, 86, c) + green + pot


@motif
def flowers(c: Palette, dice: Dice) -> str:
    wrap = (
        path("M96 176l208 0-72 150h-64z", c.pale)
        + path("M96 176l104 60-32 90z", c.paper)
        + path("M150 300h100l-8 40h-84z", c.accent)
    )
    stems = ""
    for x, y, r in ((130, 144, 34), (200, 108, 40), (270, 144, 34), (166, 184, 30), (236, 184, 30)):
        tone = dice.pick(c.main, c.light, c.accent)
        stems += "".join(
            group(oval(0, -r * 0.6, r * 0.4, r * 0.6, tone), f"translate({x} {y}) rotate({a})")
            for a in range(0, 360, 60)
        ) + disc(x, y, r * 0.32, "#f4c84a")
    leaves = "".join(
        group(oval(0, -50, 15, 44, c.leaf), f"translate(200 180) rotate({a})") for a in (-78, -50, 50, 78, 0, -24, 24)
    )
    return shade(200, 340, 60, c) + leaves + wrap + stems


@motif
def umbrella(c: Palette, dice: Dice) -> str:
    canopy = path(
        "M52 214C52 118 118 62 200 62s148 56 148 152q-25-24-49 0-25-24-50 0-24-24-49 0"
        "-24-24-49 0-25-24-50 0-24-24-49 0z",
        c.main,
    )
    panels = path("M200 62c-60 30-98 90-99 152 25-24 50 0 50 0 0-60 20-120 49-152z", c.light) + path(
        "M200 62c60 30 98 90 99 152-25-24-50 0-50 0 0-60-20-120-49-152z", c.deep
    )
    stick = line("M200 60V310c0 34 46 34 46 4", c.wood_deep, 10) + line("M200 62V44", c.wood_deep, 9)
    mark = dice.pick(
        "".join(
            group(oval(0, -15, 9, 15, c.accent_light), f"translate({x} {y}) rotate({a})")
            for x, y in ((140, 140), (256, 128))
            for a in range(0, 360, 72)
        ),
        line("M76 176q124-70 248 0", c.accent_light, 8),
        line("M120 190c20-50 60-70 110-74", c.pale, 5)
        + "".join(oval(x, y, 15, 7, c.pale) for x, y in ((146, 136), (176, 116), (214, 104), (136, 168))),
    )
    return shade(214, 336, 70, c) + stick + canopy + panels + mark


@motif
def fan(c: Palette, dice: Dice) -> str:
    ribs = ""
    for i in range(9):
        a = -72 + i * 18
        ribs += group(
            path("M-18-196L0 0l18-196q-18-12-36 0z", c.main if i % 2 else c.light) + line("M0 0v-70", c.wood, 6),
            f"translate(200 312) rotate({a})",
        )
    arc = path("M22 250A188 188 0 0 1 378 250L340 262A148 148 0 0 0 60 262z", c.deep, 0.35)
    mark = dice.pick(
        disc(200, 172, 28, c.accent),
        line("M110 220q45-50 90 0t90-10", c.accent_deep, 8),
        "".join(disc(x, y, 12, c.accent) for x, y in ((130, 206), (170, 166), (236, 166), (276, 206))),
    )
    return shade(200, 338, 60, c) + ribs + arc + mark + disc(200, 312, 13, c.accent_deep)

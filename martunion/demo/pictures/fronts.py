"""Store fronts of 640 by 400: a façade in the manner of the union's town, with the store's own goods in the window."""

from martunion.demo.pictures.palette import Dice, Palette, oklch, palette
from martunion.demo.pictures.shapes import MOTIFS, again, box, disc, group, line, named, oval, path, svg


def store_front(*, style: str, motifs: tuple[str, str], key: str, hue: int, tone: str = "") -> str:
    """The store's façade in a style (`arcade`, `tiled`, `cottage`); the motifs hang as its sign and in its window."""
    c = palette(hue=hue, key=key, tone=tone)
    dice = Dice("front/" + key)
    sign = named(_motif(motifs[0], key, hue, tone), f"{key}-sign")
    window = _motif(motifs[1], key + "/window", hue, "")
    drawing = _sky(c, dice, hue) + _STYLES[style](c, dice, sign, window, f"{key}-sign") + _street(c, dice)
    return svg(640, 400, drawing)


def _motif(name: str, key: str, hue: int, tone: str) -> str:
    return MOTIFS[name](palette(hue=hue, key=key, tone=tone), Dice(key))


def _sky(c: Palette, dice: Dice, hue: int) -> str:
    x = dice.pick(70, 560)
    clouds = "".join(
        oval(cx, cy, 46, 13, "#ffffff", 0.6) + oval(cx + 26, cy - 10, 28, 12, "#ffffff", 0.6)
        for cx, cy in dice.pick(((40, 130), (590, 70)), ((600, 150), (36, 60)))
    )
    return box(0, 0, 640, 400, oklch(0.92, 0.04, hue + dice.pick(-10, 10))) + disc(x, 80, 34, "#fff3cf") + clouds


def _street(c: Palette, dice: Dice) -> str:
    pots = "".join(
        group(
            oval(0, -34, 22, 26, c.leaf)
            + oval(-9, -48, 13, 17, c.leaf_deep)
            + path("M-20-18h40l-5 34h-30z", c.accent_deep),
            f"translate({x} 350)",
        )
        for x in dice.pick((74, 566), (74,), (566,), (96, 560))
    )
    bicycle = ""
    if dice.number(3) == 0:
        bicycle = group(MOTIFS["bicycle"](c, dice), "translate(6 262) scale(.27)")
    return box(0, 362, 640, 38, c.table) + box(0, 362, 640, 6, c.ground_light, 0, 0.7) + pots + bicycle


def _awning(x: int, y: int, width: int, c: Palette) -> str:
    count = width // 40
    strips = "".join(
        path(f"M{x + i * 40} {y}h40v34a20 20 0 0 1-40 0z", c.main if i % 2 else c.paper) for i in range(count)
    )
    return strips + box(x - 4, y - 8, count * 40 + 8, 12, c.dark, 5)


def _pane(x: int, y: int, w: int, h: int, c: Palette, inside: tuple[str, str]) -> str:
    """A lit shop window with things on its sill: the first one small beside the second."""
    large, small = h / 330, h / 460
    first = group(
        inside[1], f"translate({x + w * 0.64 - 200 * large:.0f} {y + h - 346 * large:.0f}) scale({large:.2f})"
    )
    second = group(
        inside[0], f"translate({x + w * 0.24 - 200 * small:.0f} {y + h - 346 * small:.0f}) scale({small:.2f})"
    )
    return (
        box(x - 8, y - 8, w + 16, h + 16, c.dark, 6)
        + box(x, y, w, h, "#fff1cc", 3)
        + box(x, y + h - 16, w, 16, c.wood)
        + second
        + first
        + path(f"M{x} {y}h{w * 0.3:.0f}L{x} {y + h * 0.6:.0f}z", "#ffffff", 0.35)
    )


def _door(x: int, y: int, h: int, c: Palette) -> str:
    return (
        box(x - 7, y - 7, 98, h + 7, c.dark, 5)
        + box(x, y, 84, h, c.accent_deep, 3)
        + box(x + 13, y + 14, 58, h * 0.5, "#fff1cc", 4)
        + disc(x + 70, y + h * 0.66, 6, c.metal)
        + box(x + 26, y + 28, 32, 20, c.main, 4)
    )


def _arcade(c: Palette, dice: Dice, sign: str, window: str, name: str) -> str:
    """A southern Taiwanese shop house: arcade below, balcony windows above, upright sign."""
    wall = box(110, 40, 420, 330, c.pale) + box(98, 30, 444, 20, c.deep, 4) + box(110, 168, 420, 14, c.deep)
    pediment = dice.pick(
        path("M230 32q90-56 180 0z", c.deep) + disc(320, 18, 9, c.accent), box(240, 8, 160, 24, c.deep, 8)
    )
    upper = ""
    for x in (168, 292, 416):
        upper += box(x - 6, 70, 68, 84, c.light, 30) + box(x, 76, 56, 78, c.dark, 26) + box(x + 25, 76, 6, 78, c.light)
        upper += box(x - 10, 146, 76, 9, c.deep, 3)
    columns = box(110, 182, 30, 188, c.light) + box(500, 182, 30, 188, c.light) + box(110, 182, 420, 22, c.light)
    shop = box(140, 204, 360, 166, c.dark)
    shop += _pane(160, 236, 190, 112, c, (again(name), window)) + _door(390, 232, 136, c) + _awning(160, 206, 320, c)
    board = box(536, 96, 74, 150, c.accent_deep, 12) + box(542, 102, 62, 138, c.paper, 8)
    board += group(sign, "translate(544 108) scale(.145)") + "".join(
        box(560, y, 26, 12, c.ink, 4, 0.8) for y in (176, 196, 216)
    )
    lanterns = "".join(
        line(f"M{x} 182v16", c.ink, 3) + oval(x, 212, 15, 17, c.accent) + box(x - 8, 194, 16, 5, c.ink)
        for x in (125, 515)
    )
    return wall + pediment + upper + shop + columns + lanterns + line("M530 120h10M530 220h10", c.ink, 5) + board


def _tiled(c: Palette, dice: Dice, sign: str, window: str, name: str) -> str:
    """A Korean town house under a tiled roof with upturned eaves, or its plain neighbour with a hanging board."""
    wall = box(100, 150, 440, 220, "#fbf3e3") + "".join(box(x, 150, 12, 220, c.wood_deep) for x in (100, 356, 528))
    wall += box(100, 212, 440, 10, c.wood_deep)
    roof = path("M44 158c70-18 96-50 116-92h320c20 42 46 74 116 92-40 12-90 6-140-4H184c-50 10-100 16-140 4z", c.dark)
    roof += "".join(line(f"M{320 + x * 0.62:.0f} 68L{320 + x} 150", c.deep, 7) for x in range(-210, 211, 42))
    roof += box(150, 54, 340, 18, c.ink, 9) + "".join(disc(x, 156, 8, c.deep) for x in range(130, 520, 30))
    shop = _pane(136, 240, 196, 108, c, (again(name), window)) + _door(400, 236, 132, c)
    board = box(190, 172, 240, 34, c.wood, 6) + "".join(box(x, 183, 26, 12, c.paper, 4) for x in (256, 292, 328, 364))
    board += group(sign, "translate(200 168) scale(.105)")
    lattice = "".join(line(f"M{x} 166v42", c.wood, 4) for x in (124, 140, 156, 456, 476, 496, 514))
    lights = "".join(box(x - 9, 222, 18, 24, c.accent, 7) + box(x - 4, 226, 8, 16, "#fff3c4", 4) for x in (366,))
    return wall + lattice + shop + roof + board + lights


def _cottage(c: Palette, dice: Dice, sign: str, window: str, name: str) -> str:
    """A painted Cornish cottage with slate gable, chimney and a hanging sign."""
    slate, slate_deep = "#6d7a88", "#566371"
    stone = "".join(
        box(x, y, 30, 13, "#e3dccb", 4, 0.7)
        for x, y in ((124, 176), (170, 196), (480, 180), (448, 204), (122, 214), (500, 226), (300, 170), (340, 190))
    )
    wall = box(104, 150, 432, 220, c.pale) + stone
    if dice.number(2):
        roof = path("M76 158L320 20l244 138z", slate) + path("M320 20l244 138H320z", slate_deep, 0.5)
        upper = disc(320, 104, 26, c.paper) + disc(320, 104, 19, c.dark) + line("M320 86v36M302 104h36", c.paper, 4)
    else:
        roof = path("M80 158l44-100h392l44 100z", slate) + "".join(
            line(f"M{110 - i * 12} {84 + i * 24}h{420 + i * 24}", slate_deep, 3) for i in range(3)
        )
        upper = "".join(
            path(f"M{x - 40} 112l40-44 40 44z", slate_deep)
            + box(x - 26, 104, 52, 48, c.paper)
            + box(x - 20, 110, 40, 40, c.dark)
            + line(f"M{x} 110v40M{x - 20} 130h40", c.paper, 4)
            for x in (220, 420)
        )
    chimney = box(448, 28, 44, 70, "#b9785c") + box(442, 22, 56, 13, "#9c6046", 3) + oval(470, 2, 20, 9, "#ffffff", 0.7)
    shop = _pane(136, 232, 210, 116, c, (again(name), window)) + _door(408, 228, 140, c)
    top = box(128, 188, 226, 30, c.main, 5) + "".join(box(x, 198, 34, 10, c.paper, 4) for x in (180, 224, 268))
    hanging = (
        line("M536 176h62", c.ink, 6)
        + line("M560 178v14M590 178v14", c.ink, 3)
        + disc(575, 226, 38, c.main)
        + disc(575, 226, 31, c.paper)
    )
    hanging += group(sign, "translate(549 198) scale(.13)")
    flowers = box(140, 350, 202, 14, c.wood_deep, 4) + "".join(
        disc(x, 348 - (x // 11) % 3 * 3, 7, tone)
        for x, tone in zip(range(150, 340, 16), (c.accent, c.main, c.leaf) * 5, strict=False)
    )
    return chimney + wall + roof + upper + shop + top + flowers + hanging


_STYLES = {"arcade": _arcade, "tiled": _tiled, "cottage": _cottage}

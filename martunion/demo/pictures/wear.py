"""Motifs of what people wear and carry, and of what they take outdoors."""

from martunion.demo.pictures.palette import Dice, Palette
from martunion.demo.pictures.shapes import (
    box,
    disc,
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
def scarf(c: Palette, dice: Dice) -> str:
    loop = path("M112 116c0-60 176-60 176 0 0 66-176 66-176 0z", c.deep) + path(
        "M142 112c0-28 116-28 116 0s-116 30-116 0z", c.dark
    )
    tail = path("M150 146l66 8-8 160h-74z", c.main) + path("M206 150l62-12 22 158-70 12z", c.light)
    stripes = dice.pick(
        "".join(line(f"M{140 - i} {250 + i * 22}h70", c.accent_light, 9) for i in range(3))
        + "".join(line(f"M{216 + i * 2} {236 + i * 22}l62-8", c.accent, 9) for i in range(3)),
        "".join(
            disc(x, y, 9, c.pale)
            for x, y in ((176, 190), (160, 226), (186, 258), (160, 290), (240, 186), (262, 220), (240, 250), (266, 276))
        ),
        "".join(line(f"M{x} 166l-6 146", c.pale, 5, 0.8) for x in (166, 186))
        + "".join(line(f"M142 {y}h66", c.pale, 5, 0.8) for y in (200, 236, 272)),
    )
    fringe = "".join(line(f"M{x} 316v20", c.main, 6) for x in range(138, 208, 13)) + "".join(
        line(f"M{x} {312 - (x - 224) // 6}l3 20", c.light, 6) for x in range(226, 290, 13)
    )
    return shade(204, 342, 96, c) + fringe + tail + stripes + loop


@motif
def hanbok(c: Palette, dice: Dice) -> str:
    hanger = line("M200 84V62c0-20 26-20 26-2", c.metal_deep, 6) + line("M104 116q96-48 192 0", c.wood, 10)
    skirt = path("M150 188h100l74 148q-124 22-248 0z", c.accent) + "".join(
        path(f"M{200 + x} 190l{x * 1.2:.0f} 152q-10 2-20 2l{-x * 0.9:.0f}-150z", c.accent_deep, 0.5)
        for x in (-40, -14, 14, 40)
    )
    hem = (
        line("M80 326q120 22 240 0", c.pale, 8)
        if dice.number(2)
        else "".join(disc(x, 318, 8, c.accent_light) for x in range(100, 310, 40))
    )
    coat = path("M146 100h108l26 96q-80 22-160 0z", c.main)
    sleeves = mirrored(
        path("M146 100c-44 10-84 40-102 112q22 26 66 14c8-40 20-60 40-78z", c.light)
        + path("M44 212q22 26 66 14l3-16q-42 10-62-12z", c.pale)
    )
    collar = line("M166 100l38 56M236 100l-42 60", c.paper, 11)
    ribbon = (
        line("M202 160q-16 60 4 132", c.dark, 13)
        + line("M206 160q22 44 20 104", c.deep, 11)
        + disc(203, 160, 12, c.dark)
    )
    return shade(200, 344, 120, c) + hanger + skirt + hem + sleeves + coat + collar + ribbon


@motif
def shoe(c: Palette, dice: Dice) -> str:
    sole = path("M52 296h282c16 0 22 40-6 40H70c-20 0-24-24-18-40z", dice.pick(c.paper, c.wood_deep, c.cream))
    body = path("M60 296c-10-60-4-112 16-136 34 30 70 20 92-14 40 20 52 66 116 84 40 10 58 30 56 66z", c.main)
    toe = path("M262 296c0-34 14-56 40-60 30 10 40 34 38 60z", c.light) if dice.number(2) else ""
    laces = "".join(line(f"M{x} {y}l30-18", c.paper, 7) for x, y in ((158, 196), (178, 216), (202, 234)))
    heel = path("M60 296c-10-60-4-112 16-136 8 8 16 12 24 14-8 40-8 80 0 122z", c.deep)
    return shade(196, 338, 150, c) + body + heel + toe + laces + sole + line("M64 300h272", c.dark, 4, 0.4)


@motif
def boot(c: Palette, dice: Dice) -> str:
    leg = path("M128 76h106c-2 50-6 100 4 128 20 18 84 14 94 64v34H128c-10-80-8-160 0-226z", c.main) + path(
        "M128 76h34c-8 70-8 150 0 226h-34c-10-80-8-160 0-226z", c.light
    )
    side = (
        path("M196 110h32v70h-26z", c.dark, 0.6)
        if dice.number(2)
        else "".join(line(f"M206 {y}h28", c.paper, 6) for y in (120, 146, 172, 198))
    )
    return (
        shade(220, 338, 122, c)
        + leg
        + side
        + path("M124 302h210q6 20-6 34H240l-8-10h-32l-4 10h-66q-8-16-6-34z", c.ink)
        + line("M128 88h106", c.deep, 10)
    )


@motif
def shirt(c: Palette, dice: Dice) -> str:
    body = path("M146 92q54 40 108 0l78 42-30 74-32-14v136q-70 14-140 0V194l-32 14-30-74z", c.main)
    fold = path("M146 92l-78 42 30 74 32-14v136l24 4V150z", c.light)
    neck = line("M146 92q54 48 108 0", c.deep, 10)
    mark = dice.pick(
        line("M156 214q22-28 44 0t44 0", c.pale, 10) + line("M156 240q22-28 44 0t44 0", c.accent_light, 10),
        disc(200, 214, 36, c.accent) + path("M164 214a36 36 0 0 0 72 0z", c.accent_deep),
        "".join(box(130, y, 140, 14, c.pale, 0, 0.85) for y in (176, 214, 252, 290)),
        path("M200 176l12 26 28 4-20 20 5 28-25-14-25 14 5-28-20-20 28-4z", c.accent_light),
    )
    return shade(200, 344, 92, c) + body + fold + mark + neck


@motif
def jumper(c: Palette, dice: Dice) -> str:
    body = path("M142 94h116l66 48 26 150-46 12-26-92v116q-78 14-156 0V212l-26 92-46-12 26-150z", c.main)
    knit = dice.pick(
        "".join(line(f"M128 {y}l18-18 18 18 18-18 18 18 18-18 18 18 18-18 18 18", c.pale, 8) for y in (178, 204))
        + box(124, 220, 152, 10, c.accent, 4),
        "".join(box(122, y, 156, 16, c.paper, 0, 0.9) for y in (170, 206, 242, 278)),
        "".join(line(f"M{x} 130q14 18 0 36t0 36 0 36 0 36 0 36", c.light, 8) for x in (160, 200, 240)),
    )
    cuffs = (
        box(124, 312, 152, 20, c.deep, 8)
        + mirrored(path("M50 292l46 12 4-18-47-12z", c.deep))
        + path("M142 94q58 44 116 0l-8-18H150z", c.deep)
    )
    return shade(200, 344, 92, c) + body + knit + cuffs


@motif
def hat(c: Palette, dice: Dice) -> str:
    if dice.number(2):
        brim = oval(200, 282, 164, 40, c.deep) + oval(200, 274, 164, 36, c.main)
        crown = path("M112 272c0-90 26-138 88-138s88 48 88 138q-88 28-176 0z", c.light) + path(
            "M112 258q88 34 176 0l-4-28q-84 30-168 0z", c.accent_deep
        )
        return shade(200, 328, 150, c) + brim + crown + line("M148 176q10-24 34-28", c.pale, 8)
    knit = path("M104 270c0-100 36-152 96-152s96 52 96 152z", c.main) + "".join(
        line(f"M{x} 262c0-70 {(200 - x) * 0.3:.0f}-100 {(200 - x) * 0.5:.0f}-120", c.light, 8)
        for x in (130, 164, 200, 236, 270)
    )
    return (
        shade(200, 338, 110, c)
        + knit
        + box(92, 258, 216, 64, c.deep, 20)
        + "".join(line(f"M{x} 272v36", c.main, 7) for x in range(114, 300, 22))
        + disc(200, 104, 32, c.accent)
    )


@motif
def tote(c: Palette, dice: Dice) -> str:
    handles = line("M150 176c0-110 100-110 100 0", c.wood_deep, 13)
    body = (
        path("M92 164h216l14 172H78z", c.main)
        + path("M92 164h44l-8 172H78z", c.light)
        + box(88, 158, 224, 18, c.deep, 6)
    )
    mark = dice.pick(
        line("M140 236q20-24 40 0t40 0 40 0", c.pale, 9) + line("M140 266q20-24 40 0t40 0 40 0", c.accent_light, 9),
        disc(200, 250, 48, c.accent_light) + path("M152 250a48 48 0 0 0 96 0z", c.accent_deep),
        path("M200 206c40 36 40 66 0 96-40-30-40-60 0-96z", c.leaf) + line("M200 222v90", c.leaf_deep, 5),
    )
    return shade(200, 338, 120, c) + handles + body + mark


@motif
def ring_(c: Palette, dice: Dice) -> str:
    """Jewellery in a small open box."""
    metal = dice.pick("#e2b44a", "#cdd3d8")
    jewel = (
        ring(200, 176, 62, metal, 14)
        + path("M176 118l24-40 24 40-24 22z", c.accent)
        + path("M176 118h48l-24 22z", c.accent_deep)
        + path("M176 118l24-40v62z", c.accent_light, 0.7)
    )
    return (
        shade(200, 338, 106, c)
        + jewel
        + path("M104 236q96 34 192 0v20q-96 34-192 0z", c.pale)
        + path("M96 250q104 40 208 0v62a24 24 0 0 1-24 24H120a24 24 0 0 1-24-24z", c.main)
        + line("M284 96v28M270 110h28", c.paper, 6)
    )


@motif
def wetsuit(c: Palette, dice: Dice) -> str:
    suit = path(
        "M160 60h80c8 10 8 20 2 28 40 8 60 40 68 100l16 60-36 10-34-104v182h-48l-8-96"
        "-8 96h-48V154l-34 104-36-10 16-60c8-60 28-92 68-100-6-8-6-18 2-28z",
        c.ink,
    )
    panel = mirrored(path("M158 88c-40 8-60 40-68 100l-6 22 34 12 22-68V120z", c.main)) + mirrored(
        path("M144 236h36l6 60h-42z", c.deep)
    )
    zip_ = line("M200 70v120", c.metal, 5) + box(168, 60, 64, 18, c.accent_deep, 8)
    return shade(200, 344, 70, c) + suit + panel + zip_ + (box(146, 190, 108, 14, c.light, 4) if dice.number(2) else "")


@motif
def surfboard(c: Palette, dice: Dice) -> str:
    board = path("M200 34c56 60 66 120 66 180 0 54-16 94-36 122h-60c-20-28-36-68-36-122 0-60 10-120 66-180z", c.main)
    side = path("M200 34c-56 60-66 120-66 180 0 54 16 94 36 122h14c-20-28-30-68-30-122 0-60 10-120 46-180z", c.light)
    art = dice.pick(
        path("M134 206c40 26 90 26 132 0v34c-42 26-92 26-132 0z", c.accent)
        + path("M138 256c40 24 84 24 124 0l-6 24c-36 18-76 18-112 0z", c.accent_light),
        disc(200, 170, 40, c.accent_light) + path("M136 230q32-30 64 0t64 0v40q-32 20-64 0t-62 0z", c.pale),
        path("M154 96l90-8 14 42-124 20zM134 190l132-20v40l-130 20z", c.accent),
    )
    wave = path("M30 336c30-50 80-50 90-14 30-36 70-30 80 0 30-36 70-30 80 0 20-30 70-30 90 14z", "#cfeaf0", 0.9)
    return turned(board + side + art + line("M200 44v286", c.dark, 3, 0.45), dice.pick(-8, 6), 200, 336) + wave


@motif
def wave(c: Palette, dice: Dice) -> str:
    """A lesson in the surf: a breaking wave with a small rider."""
    sun = disc(dice.pick(96, 310), 100, 36, c.accent)
    back = path("M0 250c60-30 120-30 200 0s140 20 200-10v160H0z", c.main)
    curl = path("M30 330C60 180 170 110 270 130c50 10 70 50 50 80-10-26-40-36-66-24-50 24-40 100 30 144z", c.deep)
    foam = line("M262 136c48 0 74 36 56 70-14-28-48-32-70-14", c.paper, 13) + "".join(
        disc(x, y, r, c.paper) for x, y, r in ((318, 214, 11), (300, 232, 7), (332, 236, 8), (278, 118, 8))
    )
    rider = (
        line("M152 262l50-8", c.accent_light, 10)
        + line("M176 252l-6-24 14-20M170 228l-18 8M184 208l16 12", c.ink, 9)
        + disc(190, 196, 10, c.ink)
    )
    front = path("M0 316q50-26 100 0t100 0 100 0 100 0v84H0z", c.light) + path(
        "M0 350q50-20 100 0t100 0 100 0 100 0v50H0z", c.pale
    )
    return sun + back + curl + foam + rider + front


@motif
def bicycle(c: Palette, dice: Dice) -> str:
    def wheel(x: int) -> str:
        spokes = "".join(turned(line(f"M{x} 272v-58", c.metal_deep, 2.5), a, x, 272) for a in range(0, 360, 45))
        return ring(x, 272, 62, c.ink, 11) + spokes + disc(x, 272, 9, c.metal_deep)

    frame = line("M106 272l46-98h104l-66 98h-84M152 174l38 98M256 174l38 98M256 174l-8-34", c.main, 12)
    bars = line("M248 140h30q18 0 16 20" if dice.number(2) else "M226 142q26-14 52-2", c.ink, 9)
    seat = path("M124 150h60q6 14-20 16h-28q-14-4-12-16z", c.dark) + line("M152 174l-4-14", c.metal_deep, 8)
    pedal = disc(190, 272, 15, c.metal_deep) + line("M190 272l14 26M198 300h16", c.ink, 7)
    extra = dice.pick(
        "",
        box(262, 126, 64, 40, c.wood, 8) + "".join(line(f"M{x} 132v28", c.wood_deep, 4) for x in (278, 294, 310)),
        box(64, 178, 70, 9, c.metal_deep, 4) + box(72, 140, 54, 38, c.accent_deep, 8),
    )
    return shade(200, 338, 150, c) + wheel(106) + wheel(294) + extra + frame + seat + bars + pedal


@motif
def wheel(c: Palette, dice: Dice) -> str:
    tyre = ring(200, 196, 122, c.ink, 22) + ring(200, 196, 106, c.main, 9)
    spokes = "".join(
        turned(line("M200 196V96", c.metal_deep, 3), a, 200, 196) for a in range(0, 360, dice.pick(20, 24, 30))
    )
    return (
        shade(200, 340, 96, c)
        + spokes
        + tyre
        + disc(200, 196, 24, c.metal_deep)
        + disc(200, 196, 12, c.metal)
        + box(192, 74, 16, 10, c.paper, 4)
    )


@motif
def helmet(c: Palette, dice: Dice) -> str:
    shell = path("M66 262c0-104 58-164 138-164 78 0 130 58 132 140 0 18-20 24-40 24z", c.main)
    vents = "".join(
        path(d, c.dark)
        for d in (
            "M116 214c14-50 40-74 70-84-10 26-22 56-24 84z",
            "M186 214c4-44 18-72 40-86 8 26 8 60 0 86z",
            "M250 212c2-34 0-56-4-72 26 18 40 40 46 72z",
        )
    )
    strap = line("M96 262c10 60 60 80 100 78M280 262c-20 50-50 76-84 78", c.ink, 9)
    return (
        strap
        + shell
        + path("M72 226c4-70 50-120 112-126-50 30-84 90-88 140l-26 4z", c.light)
        + vents
        + box(58, 252, 282, 24, c.deep, 12)
        + (box(96, 256, 40, 14, c.accent_light, 7) if dice.number(2) else "")
    )


@motif
def light(c: Palette, dice: Dice) -> str:
    """A bicycle or boat light with its beam."""
    beam = path("M236 186L380 110v190L236 236z", "#fff0b8", 0.8)
    body = (
        box(92, 160, 130, 100, c.main, 26)
        + box(92, 160, 130, 36, c.light, 18)
        + box(206, 150, 42, 120, c.dark, 16)
        + oval(248, 210, 12, 52, "#fff7da")
    )
    mount = box(126, 258, 50, 64, c.ink, 10) + ring(151, 318, 20, c.ink, 10)
    return shade(170, 340, 84, c) + beam + mount + body + disc(150, 178, 9, dice.pick(c.accent, "#7bd08a"))


@motif
def kayak(c: Palette, dice: Dice) -> str:
    water = path("M0 300q50-24 100 0t100 0 100 0 100 0v100H0z", "#a5d8e3") + path(
        "M0 336q50-20 100 0t100 0 100 0 100 0v64H0z", "#6fb9cf"
    )
    hull = path("M28 226c110 40 234 40 344 0-30 60-100 84-172 84S58 286 28 226z", c.main) + path(
        "M28 226c110 40 234 40 344 0-6 12-12 22-20 30-100 34-200 34-304 0z", c.light
    )
    seat = oval(200, 246, 56, 13, c.dark)
    paddle = turned(
        box(72, 190, 256, 9, c.wood, 4) + oval(66, 194, 34, 17, c.accent_deep) + oval(334, 194, 34, 17, c.accent_deep),
        dice.pick(-18, 16),
    )
    return hull + seat + paddle + water


@motif
def rope(c: Palette, dice: Dice) -> str:
    coils = "".join(
        oval(200, 310 - i * 22, 112 - (i % 2) * 6, 34, "none").replace("/>", f' stroke="{tone}" stroke-width="22"/>')
        for i, tone in enumerate((c.deep, c.main, c.deep, c.main, c.light))
    )
    end = line("M300 232c40 20 50 60 40 96", c.main, 18) + box(330, 316, 22, 22, c.accent_deep, 6)
    marks = "".join(
        line(f"M{x} {y}l14-10", c.pale, 5) for x, y in ((116, 286), (150, 306), (196, 312), (246, 304), (280, 284))
    )
    return shade(200, 342, 126, c) + coils + end + marks


@motif
def tent(c: Palette, dice: Dice) -> str:
    body = (
        path("M200 108l150 228H50z", c.main)
        + path("M200 108L50 336h70z", c.light)
        + path("M200 150l62 186H138z", c.dark)
        + path("M200 150l-62 186h36z", c.accent)
    )
    return (
        shade(200, 340, 156, c)
        + body
        + line("M200 108l-14-24M200 108l14-24", c.wood_deep, 7)
        + line("M50 336l-22 6M350 336l22 6", c.ink, 5)
        + (disc(310, 90, 24, c.accent_light) if dice.number(2) else "")
    )


@motif
def swim(c: Palette, dice: Dice) -> str:
    """Goggles over a cap."""
    cap = path("M88 232c0-90 50-144 112-144s112 54 112 144z", c.main) + path(
        "M88 232c0-80 40-130 90-142-30 40-44 90-44 142z", c.light
    )
    strap = box(76, 226, 248, 22, c.ink, 10)
    eyes = mirrored(
        box(98, 212, 88, 62, c.dark, 28)
        + box(108, 222, 68, 42, c.accent_light, 20)
        + line("M122 250l22-20", c.paper, 6)
    ) + line("M186 240h28", c.dark, 9)
    return (
        shade(200, 338, 100, c)
        + cap
        + strap
        + eyes
        + (line("M70 318q22-18 43 0t43 0 43 0 43 0 43 0 43 0", c.paper, 8) if dice.number(2) else "")
    )

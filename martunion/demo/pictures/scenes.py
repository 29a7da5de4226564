"""Scenes of 1200 by 480 at the head of each union: the harbour, the bridge, the cliffs, the island."""

from collections.abc import Callable

from martunion.demo.pictures.palette import Dice, oklch
from martunion.demo.pictures.shapes import box, disc, group, line, oval, path, svg, turned


def union_scene(*, scene: str, hue: int) -> str:
    """The scene by name (a key of `SCENES`) in the union's hue."""
    return svg(1200, 480, SCENES[scene](hue))


def _sky(top: str, low: str, sun: tuple[int, int, int], tone: str) -> str:
    x, y, r = sun
    back = box(0, 0, 1200, 480, top) + path("M0 170q300-60 600 0t600-20v330H0z", low, 0.6)
    return back + disc(x, y, r * 1.7, tone, 0.3) + disc(x, y, r, tone)


def _clouds(*places: tuple[int, int, float]) -> str:
    one = (
        oval(0, 0, 84, 17, "#ffffff", 0.75)
        + oval(-22, -14, 38, 20, "#ffffff", 0.75)
        + oval(26, -10, 44, 17, "#ffffff", 0.75)
    )
    return "".join(group(one, f"translate({x} {y}) scale({scale:g})") for x, y, scale in places)


def _waves(y: int, tone: str, *, step: int = 120, shift: int = 0) -> str:
    return "".join(
        line(f"M{x + shift} {y + (x // step) % 2 * 9}q14-10 28 0t28 0", tone, 4, 0.7) for x in range(20, 1200, step)
    )


def _boat(x: int, y: int, scale: float, hull: str, sail: str) -> str:
    shape = (
        path("M-50 0h100l-18 28h-66z", hull)
        + line("M0 0v-84", "#6b4a33", 5)
        + path("M6-82c40 24 46 50 46 72H6z", sail)
        + path("M-6-70c-26 20-36 40-38 60h38z", "#fffaf0")
    )
    return group(shape, f"translate({x} {y}) scale({scale:g})")


def _harbour(hue: int) -> str:
    """Kaohsiung: mountain across the water, the twin pagodas of the lotus pond, the tall tower, cranes and a ferry."""
    sea, deep = oklch(0.72, 0.08, 215), oklch(0.6, 0.085, 225)
    near, far = oklch(0.62, 0.09, 160), oklch(0.74, 0.06, 190)
    tower, dark = oklch(0.55, 0.07, 255), oklch(0.42, 0.06, 260)
    warm, red = oklch(0.66, 0.16, hue), oklch(0.56, 0.17, 28)
    back = _sky(oklch(0.93, 0.045, 75), oklch(0.9, 0.07, 50), (930, 130, 52), "#fff0b8") + _clouds(
        (180, 90, 1), (700, 64, 0.8), (1090, 70, 0.7)
    )
    hills = (
        path("M0 300C120 190 220 170 330 250S520 300 640 300H0z", far)
        + path("M700 306c100-90 220-130 330-66s120 50 170 66z", far)
        + path("M0 320c60-70 150-90 240-30s90 30 120 36H0z", near)
    )
    town = "".join(
        box(x, 348 - h, 38, h, oklch(0.84 - (x % 5) * 0.02, 0.04, 60 + x % 40))
        + "".join(box(x + 9, 360 - h + row * 22, 20, 8, "#fff6dc") for row in range(h // 30))
        for x, h in ((470, 70), (512, 104), (556, 62), (684, 92), (726, 128), (770, 76), (812, 56))
    )
    high = path("M604 348V150h-16l10-60h14l8-52 8 52h14l10 60h-16v198z", tower) + path(
        "M620 38l8 52h14l10 60h-16v198h-16z", dark, 0.5
    )
    high += "".join(box(606, y, 28, 5, "#fff6dc", 0, 0.8) for y in range(160, 342, 17))

    def pagoda(x: int) -> str:
        floors = "".join(
            box(-30 + i * 2, -38 - i * 34, 60 - i * 4, 30, "#f6d68a")
            + path(f"M{-46 + i * 3} {-36 - i * 34}q46-18 {92 - i * 6} 0l-10-12h{-(72 - i * 6)}z", red)
            + box(-9, -34 - i * 34, 18, 20, dark, 9)
            for i in range(6)
        )
        return group(
            floors + path("M-34-214q34-20 68 0l-34-36z", red) + line("M0-246v-18", "#d9a33a", 5),
            f"translate({x} 384) scale(.84)",
        )

    dragon = line("M60 372c40-44 70 10 110-26s60-20 74 6", oklch(0.62, 0.13, 150), 22) + "".join(
        path(f"M{x} {y}l8-16 9 14z", "#e9b13c") for x, y in ((84, 344), (112, 346), (140, 346), (168, 332), (198, 322))
    )
    dragon += group(
        oval(0, 0, 32, 21, oklch(0.58, 0.13, 150))
        + disc(8, -6, 6, "#fffaf0")
        + disc(9, -6, 3, "#222")
        + line("M-4-18l-14-20M10-19l2-22", "#e9b13c", 6)
        + line("M30 4q18 4 28-8", red, 5),
        "translate(256 344)",
    )
    crane = "".join(
        group(
            line("M0 0v-120M44 0v-120M-40-120H150M22-120v-50l110 48M22-170l-58 48", oklch(0.6, 0.15, 40), 9),
            f"translate({x} 346) scale({s})",
        )
        for x, s in ((920, 0.9), (1060, 0.75))
    )
    ship = path("M860 350h330v26q-20 20-50 20H900z", dark) + "".join(
        box(890 + i * 46, 322 - (i % 3) * 0, 42, 28, tone)
        for i, tone in enumerate((warm, "#e9b13c", tower, red, warm, "#fff0d0"))
    )
    water = box(0, 372, 1200, 108, sea) + path("M0 420q200-20 400 0t400 0 400 0v60H0z", deep)
    ferry = group(
        path("M-90 0h190l-20 34h-150z", "#fffaf0")
        + box(-60, -28, 120, 28, warm, 5)
        + "".join(box(x, -20, 16, 12, "#fffaf0", 3) for x in (-50, -24, 2, 28))
        + box(-20, -50, 60, 22, "#fffaf0", 4)
        + box(22, -72, 16, 24, red, 3),
        "translate(560 408)",
    )
    shore = box(0, 296, 1200, 80, oklch(0.7, 0.09, 155)) + path("M0 356h1200v20H0z", oklch(0.84, 0.05, 80))
    waves = _waves(402, "#ffffff") + _waves(446, sea, shift=50)
    return (
        back + hills + shore + town + high + crane + ship + pagoda(330) + pagoda(408) + water + waves + dragon + ferry
    )


def _bridge(hue: int) -> str:
    """Busan: the long bridge before the towers, the coloured hillside houses, fishing boats and gulls."""
    sea, deep = oklch(0.68, 0.1, 240), oklch(0.56, 0.11, 250)
    night, pale = oklch(0.5, 0.06, 265), oklch(0.8, 0.045, 250)
    back = _sky(oklch(0.93, 0.04, 20), oklch(0.87, 0.07, 10), (250, 150, 58), "#ffe3b0") + _clouds(
        (520, 80, 0.9), (980, 96, 1.1), (90, 70, 0.6)
    )
    hills = path("M0 300c140-130 260-110 380-40s240 60 320 40 320-110 500 0v80H0z", oklch(0.75, 0.06, 200))
    towers = "".join(
        path(f"M{x} 316V{316 - h}q{w // 2}-18 {w} 0v{h}z", oklch(0.74 - i % 3 * 0.05, 0.05, 245))
        + "".join(box(x + 8, 340 - h + row * 20, w - 16, 6, "#fff6dc", 0, 0.7) for row in range((h - 30) // 20))
        for i, (x, w, h) in enumerate(
            ((850, 44, 150), (900, 50, 210), (958, 44, 180), (1010, 56, 238), (1074, 44, 160), (1126, 50, 120))
        )
    )
    pylon = "".join(
        box(x, 130, 20, 240, night, 4)
        + box(x + 46, 130, 20, 240, night, 4)
        + box(x, 150, 66, 12, night)
        + box(x, 206, 66, 12, night)
        for x in (440, 756)
    )
    cables = line("M180 300Q330 280 473 136Q632 380 789 136Q940 280 1090 300", night, 7)
    hangers = "".join(
        line(f"M{x} {y}V306", night, 3, 0.7)
        for x, y in (
            (330, 246),
            (370, 222),
            (410, 190),
            (520, 206),
            (560, 242),
            (600, 258),
            (632, 260),
            (664, 258),
            (704, 242),
            (744, 204),
            (850, 190),
            (890, 222),
            (930, 246),
        )
    )
    deck = (
        box(0, 302, 1200, 15, pale)
        + box(0, 314, 1200, 9, night)
        + "".join(box(x, 318, 14, 60, night) for x in (120, 260, 940, 1100))
    )
    houses = path("M0 480V330c70-60 200-80 330-10 40 30 60 80 70 160z", oklch(0.66, 0.08, 150))
    tones = (30, 60, 95, 160, 220, 300, 350)
    for i, (x, y) in enumerate(
        (
            (20, 332),
            (82, 310),
            (146, 302),
            (210, 312),
            (44, 376),
            (112, 360),
            (180, 356),
            (248, 360),
            (16, 424),
            (84, 412),
            (154, 408),
            (224, 410),
            (296, 404),
        )
    ):
        tone = tones[i * 3 % 7] + hue // 10
        houses += (
            box(x, y, 56, 42, oklch(0.82, 0.09, tone))
            + box(x - 3, y - 7, 62, 9, oklch(0.62, 0.11, tone))
            + box(x + 10, y + 11, 13, 13, night, 2)
            + box(x + 33, y + 11, 13, 13, night, 2)
        )
    water = box(0, 366, 1200, 114, sea) + path("M0 424q200-22 400 0t400 0 400 0v56H0z", deep)
    boat = group(
        path("M-90-4h170l20-16-16 50H-66z", "#fffaf0")
        + box(-40, -42, 62, 40, oklch(0.6, 0.15, hue), 5)
        + box(-30, -32, 18, 14, "#fff6dc", 3)
        + box(-4, -32, 18, 14, "#fff6dc", 3)
        + line("M50-10v-84M50-90L-60-40M50-90l40 70", night, 4)
        + "".join(disc(-20 + i * 24, -70 + i * -8, 6, "#ffd36b") for i in range(3))
        + path("M-88 8h178l-4 12H-80z", oklch(0.58, 0.15, 28)),
        "translate(640 412) scale(1.05)",
    )
    gulls = "".join(
        line(f"M{x} {y}q14-14 24 0 10-14 24 0", night, 4) for x, y in ((610, 120), (680, 90), (360, 90), (560, 160))
    )
    waves = _waves(396, "#ffffff", shift=30) + _waves(450, sea)
    sailing = _boat(960, 410, 0.8, night, oklch(0.7, 0.14, 60))
    return back + hills + towers + cables + hangers + pylon + deck + water + waves + houses + boat + sailing + gulls


def _cliffs(hue: int) -> str:
    """Cornwall: cliffs with thrift in flower, the white lighthouse, an engine house, a cove with cottages and boats."""
    sea, deep, foam = oklch(0.74, 0.09, 215), oklch(0.62, 0.1, 225), "#f3fbfa"
    grass, grass_deep = oklch(0.72, 0.11, 130), oklch(0.62, 0.1, 140)
    rock, rock_deep = oklch(0.58, 0.03, 60), oklch(0.47, 0.03, 55)
    back = _sky(oklch(0.93, 0.04, 225), oklch(0.96, 0.03, 90), (640, 120, 50), "#fff3c4") + _clouds(
        (260, 80, 1.1), (860, 90, 0.9), (1100, 56, 0.7)
    )
    water = box(0, 258, 1200, 222, sea) + path("M0 340q150-16 300 0t300 0 300 0 300 0v140H0z", deep, 0.5)
    island = path("M540 262c30-40 60-50 90-44 40 8 60 30 80 44z", oklch(0.72, 0.04, 200)) + path(
        "M606 222v-26h10v-12h18v12h10v30z", oklch(0.64, 0.03, 230)
    )
    left = path("M0 190c70-30 150-30 226-6 40 12 70 10 96 30 20 40 50 60 62 120 20 40 30 90 36 146H0z", rock) + path(
        "M0 190c70-30 150-30 226-6 40 12 70 10 96 30-20 24-70 12-110 24-80 24-140 0-212 18z", grass
    )
    left += "".join(
        line(d, rock_deep, 6, 0.6)
        for d in ("M240 240l20 60-14 60", "M300 250l26 70 4 70", "M150 266l10 70-20 60", "M60 276l16 80")
    )
    house = (
        box(74, 92, 70, 110, "#b9a78c")
        + path("M68 94l41-34 41 34z", "#6d7a88")
        + box(132, 36, 26, 166, "#a9977c")
        + box(128, 30, 34, 10, rock_deep)
        + box(94, 120, 22, 34, rock_deep, 11)
        + box(94, 170, 22, 32, rock_deep, 11)
    )
    right = path("M1200 150c-90-20-150 10-200 20-60 14-100 40-130 110-20 50-60 90-70 200h400z", rock) + path(
        "M1200 150c-90-20-150 10-200 20-50 12-90 30-116 80 60 10 100-20 150-12 70 10 110-14 166-6z", grass
    )
    right += "".join(
        line(d, rock_deep, 6, 0.6)
        for d in ("M900 280l-20 70 10 70", "M980 270l-14 80 16 60", "M1070 264l-10 90", "M1150 260l10 90")
    )
    tower = (
        path("M1026 176l10-132h48l10 132z", "#fffaf0")
        + path("M1030 122h60l3 30h-66z", oklch(0.62, 0.17, 28))
        + box(1028, 34, 64, 12, rock_deep, 3)
        + box(1042, 6, 36, 30, "#fff0b8")
        + path("M1036 8q24-26 48 0z", oklch(0.62, 0.17, 28))
        + box(1053, 152, 14, 24, rock_deep, 7)
    )
    tower = group(tower, "translate(170 32) scale(.84)")
    cottage = (
        box(1104, 130, 74, 46, "#fffaf0")
        + path("M1098 132l12-26h62l12 26z", "#6d7a88")
        + box(1118, 146, 14, 14, deep)
        + box(1148, 146, 14, 14, deep)
    )
    thrift = "".join(
        line(f"M{x} {y}v-14", grass_deep, 3) + disc(x, y - 17, 7, oklch(0.78, 0.12, 350))
        for x, y in (
            (30, 216),
            (52, 226),
            (190, 210),
            (214, 222),
            (246, 206),
            (278, 222),
            (916, 236),
            (950, 216),
            (986, 226),
            (1016, 204),
            (1130, 212),
            (1164, 206),
        )
    )
    sand = path("M330 480c60-60 160-70 260-66s190 10 240 66z", oklch(0.9, 0.06, 85)) + line(
        "M336 456c70-50 160-56 250-52s170 8 226 50", foam, 8
    )
    boards = "".join(
        turned(oval(x, 430, 10, 42, tone), a, x, 440)
        for x, a, tone in ((520, -12, oklch(0.66, 0.15, hue)), (548, 4, "#f2b63c"), (576, 16, oklch(0.66, 0.14, 20)))
    )
    gulls = "".join(
        line(f"M{x} {y}q14-14 24 0 10-14 24 0", rock_deep, 4) for x, y in ((440, 130), (500, 100), (760, 150))
    )
    return (
        back
        + island
        + water
        + _waves(290, foam)
        + _waves(330, foam, shift=56)
        + _boat(480, 326, 0.8, oklch(0.5, 0.11, 250), oklch(0.64, 0.15, 30))
        + _boat(720, 306, 0.55, oklch(0.5, 0.08, 200), "#fffaf0")
        + left
        + house
        + right
        + cottage
        + tower
        + thrift
        + sand
        + boards
        + gulls
    )


def _island(hue: int) -> str:
    """Another deployment's island: a red-roofed house, bougainvillea, a shallow lagoon."""
    sea, deep = oklch(0.8, 0.09, 195), oklch(0.66, 0.1, 220)
    dice = Dice("island")
    back = _sky(oklch(0.94, 0.04, 210), oklch(0.95, 0.03, 90), (860, 120, 54), "#fff3c4") + _clouds(
        (240, 90, 1.1), (620, 60, 0.8), (1060, 110, 0.9)
    )
    land = path("M0 330c120-110 300-120 460-50 90 38 130 60 170 90z", oklch(0.68, 0.11, 145)) + path(
        "M800 330c80-50 190-60 270-20s100 30 130 40v30H800z", oklch(0.76, 0.08, 170)
    )
    house = (
        box(170, 250, 220, 92, "#fbf0dc")
        + path("M140 256l50-66h180l50 66z", oklch(0.6, 0.15, 35))
        + "".join(line(f"M{x} 196l{(x - 280) * 0.25:.0f} 56", oklch(0.72, 0.12, 45), 5) for x in range(200, 370, 28))
        + box(210, 278, 60, 64, oklch(0.45, 0.06, 60))
        + box(300, 278, 60, 36, oklch(0.45, 0.06, 60))
    )
    bloom = "".join(
        disc(
            400 + dice.number(90), 258 + dice.number(70), dice.between(8, 14), oklch(0.64, 0.19, dice.pick(350, 335, 5))
        )
        for _ in range(26)
    )
    palm = line("M96 346q-14-100 20-190", "#8a6540", 15) + "".join(
        group(path("M0 0q50-40 110-4-60-10-110 4z", oklch(0.58, 0.12, 145)), f"translate(114 158) rotate({a})")
        for a in (-160, -120, -60, -20, 20, 60, 120, 170)
    )
    water = box(0, 346, 1200, 134, sea) + path("M0 420q200-22 400 0t400 0 400 0v60H0z", deep)
    sand = path("M0 340h640q-60 46-240 40T0 400z", oklch(0.93, 0.05, 90))
    waves = _waves(404, "#ffffff", shift=300) + _waves(450, sea)
    return (
        back
        + land
        + water
        + waves
        + sand
        + house
        + bloom
        + palm
        + _boat(800, 400, 1.1, oklch(0.5, 0.12, hue), "#f2b63c")
    )


SCENES: dict[str, Callable[[int], str]] = {"harbour": _harbour, "bridge": _bridge, "cliffs": _cliffs, "island": _island}

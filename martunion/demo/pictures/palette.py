"""Colours of a picture: a few related tones derived in OKLCH, so that every hue comes out equally light and calm."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import cos, radians, sin
from typing import TypeVar

T = TypeVar("T")

# name: (lightness shift, chroma, hue) of goods whose title names a colour
TONES: dict[str, tuple[float, float, float]] = {
    "red": (0.0, 0.17, 27),
    "orange": (0.08, 0.15, 58),
    "amber": (0.12, 0.14, 75),
    "yellow": (0.22, 0.15, 95),
    "lime": (0.15, 0.15, 122),
    "green": (0.0, 0.12, 148),
    "teal": (0.0, 0.09, 190),
    "sky": (0.08, 0.1, 235),
    "blue": (-0.05, 0.13, 255),
    "indigo": (-0.2, 0.12, 272),
    "violet": (-0.03, 0.13, 300),
    "pink": (0.12, 0.12, 355),
    "brown": (-0.13, 0.07, 55),
    "cream": (0.28, 0.035, 85),
    "grey": (0.03, 0.012, 250),
    "black": (-0.3, 0.015, 270),
    "white": (0.34, 0.008, 90),
}


class Dice:
    """Repeatable chance from a text: the same key draws the same picture on every machine and Python."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._count = 0

    def number(self, below: int) -> int:
        """A whole number from 0 up to, not including, `below`."""
        self._count += 1
        return int.from_bytes(sha256(f"{self._key}/{self._count}".encode()).digest()[:6]) % below

    def pick(self, *choices: T) -> T:
        """One of the choices."""
        return choices[self.number(len(choices))]

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.number(high - low + 1)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB (Ottosson, https://bottosson.github.io/posts/oklab/)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


@lru_cache(maxsize=4096)
def oklch(lightness: float, chroma: float, hue: float) -> str:
    """The colour as `#rrggbb`; chroma is lowered until the colour fits into sRGB."""
    lightness = min(max(lightness, 0.0), 1.0)
    while chroma > 0 and not all(-0.0005 <= part <= 1.0005 for part in _linear(lightness, chroma, hue)):
        chroma -= 0.005
    parts = []
    for part in _linear(lightness, max(chroma, 0.0), hue):
        part = min(max(part, 0.0), 1.0)
        encoded = 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        parts.append(round(encoded * 255))
    return "#{:02x}{:02x}{:02x}".format(*parts)


@dataclass(frozen=True)
class Palette:
    """The tones of one picture: ground behind, main and accent on the object, and the materials of the world."""

    ground: str
    ground_deep: str
    ground_light: str
    table: str
    main: str
    deep: str
    dark: str
    light: str
    pale: str
    accent: str
    accent_deep: str
    accent_light: str
    ink: str
    shadow: str
    paper: str = "#fffaf0"
    cream: str = "#f6e7cb"
    wood: str = "#c08a55"
    wood_deep: str = "#98683a"
    metal: str = "#cdd3d8"
    metal_deep: str = "#98a2ab"
    leaf: str = "#5f9a57"
    leaf_deep: str = "#3f7845"
    crust: str = "#d99a4e"
    crust_deep: str = "#b87432"
    glass: str = "#dcecee"


def palette(*, hue: int, key: str, tone: str = "") -> Palette:
    """Palette of one good: the ground follows the union's hue, the object the tone or the key."""
    dice = Dice("palette/" + key)
    back = hue + dice.pick(-28, -12, 0, 14, 30, 165)
    shift, chroma, own = TONES[tone] if tone else (0.0, 0.12, hue + dice.pick(0, 40, -45, 120, 175, 215))
    beside = own + dice.pick(150, 180, -120, 60)
    middle = 0.62 + shift
    return Palette(
        ground=oklch(0.91, 0.045, back),
        ground_deep=oklch(0.85, 0.065, back + 8),
        ground_light=oklch(0.96, 0.025, back - 6),
        table=oklch(0.79, 0.07, back + 12),
        main=oklch(middle, chroma, own),
        deep=oklch(middle - 0.11, chroma, own + 4),
        dark=oklch(middle - 0.24, chroma * 0.9, own + 6),
        light=oklch(min(middle + 0.11, 0.97), chroma * 0.85, own - 4),
        pale=oklch(min(middle + 0.24, 0.98), chroma * 0.45, own - 6),
        accent=oklch(0.72, 0.13, beside),
        accent_deep=oklch(0.6, 0.13, beside + 4),
        accent_light=oklch(0.86, 0.07, beside),
        ink=oklch(0.31, 0.035, back),
        shadow=oklch(0.6, 0.07, back + 12),
    )

"""Every hue of the palette, light and dark: text and controls keep WCAG AA, computed from static/css/tokens.css."""

import math
import re

import pytest

from martunion.embedded import BASE_DIR

CSS = (BASE_DIR / "static/css/tokens.css").read_text()
HUES = {
    int(hue): {"--hue": float(hue), "--c": float(c), "--c2": float(c2)}
    for hue, c, c2 in re.findall(r"--hue: (\d+); --c: ([\d.]+); --c2: ([\d.]+)", CSS)
}
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"(--[\w-]+): light-dark\(oklch\((.+)\), oklch\((.+)\)\);", CSS)
}
TEXT, CONTROL = 4.5, 3.0
PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("--ink", "--muted", "--brand")
        for ground in ("--paper", "--surface", "--sunken")
    ),
    *((ink, ground, TEXT) for ink in ("--success", "--danger") for ground in ("--paper", "--surface", "--sunken")),
    *(("--live-ink", ground, TEXT) for ground in ("--paper", "--surface", "--live-soft")),
    ("--on-brand", "--brand", TEXT),
    ("--on-brand", "--brand-strong", TEXT),
    ("--on-danger", "--danger", TEXT),
    ("--brand", "--brand-soft", TEXT),
    ("--brand-strong", "--brand-soft", TEXT),
    ("--muted", "--brand-soft", TEXT),
    ("--ink", "--brand-soft", TEXT),
    ("--muted", "--live-soft", TEXT),
    *((name, f"{name}-soft", TEXT) for name in ("--success", "--warning", "--danger")),
    *(("--ink", f"--{name}-soft", TEXT) for name in ("success", "warning", "danger", "live")),
    *(("--line-strong", ground, CONTROL) for ground in ("--paper", "--surface")),
]


def number(text: str, hue: dict[str, float]) -> float:
    """A CSS number: plain, var(--x) or calc(var(--x) * n)."""
    factors = re.fullmatch(r"calc\(var\((--\w+)\) \* ([\d.]+)\)", text)
    if factors:
        return hue[factors[1]] * float(factors[2])
    variable = re.fullmatch(r"var\((--\w+)\)", text)
    return hue[variable[1]] if variable else float(text)


def luminance(color: str, hue: dict[str, float]) -> float:
    """Relative luminance (WCAG 2) of the three arguments of oklch(), clipped to sRGB (Björn Ottosson's Oklab)."""
    lightness, chroma, angle = (
        number(part, hue) for part in re.findall(r"calc\([^)]*\)[^)]*\)|var\([^)]*\)|[\d.]+", color)
    )
    a, b = chroma * math.cos(math.radians(angle)), chroma * math.sin(math.radians(angle))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_palette_has_a_hue_every_fifteen_degrees():
    assert sorted(HUES) == list(range(0, 360, 15))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_every_text_reads_on_every_ground(degrees, theme):
    hue = HUES[degrees]
    failures = []
    for ink, ground, least in PAIRS:
        lights = sorted((luminance(TOKENS[ink][theme], hue), luminance(TOKENS[ground][theme], hue)))
        ratio = (lights[1] + 0.05) / (lights[0] + 0.05)
        if ratio < least:
            failures.append(f"{ink} on {ground}: {ratio:.2f} < {least}")
    assert failures == []

"""SVG by words: the handful of elements that the drawings are made of, with presentation attributes only."""

from collections.abc import Callable

from martunion.demo.pictures.palette import Dice, Palette

Motif = Callable[[Palette, Dice], str]
MOTIFS: dict[str, Motif] = {}


def motif(draw: Motif) -> Motif:
    """Register a drawing of 400 by 400 under its function's name, underscores as hyphens (a trailing one dropped)."""
    MOTIFS[draw.__name__.strip("_").replace("_", "-")] = draw
    return draw


def svg(width: int, height: int, content: str) -> str:
    """The whole drawing; lines have round ends and corners everywhere."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} stroke-linecap="round" stroke-linejoin="round">{content}</svg>'
    )


def number(value: float) -> str:
    """The number as short as it can be said."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def faint(opacity: float) -> str:
    return f' opacity="{opacity:g}"' if opacity < 1 else ""


def box(x: float, y: float, w: float, h: float, fill: str, round_: float = 0, opacity: float = 1) -> str:
    corner = f' rx="{number(round_)}"' if round_ else ""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    return f'<rect {place}{corner} fill="{fill}"{faint(opacity)}/>'


def disc(x: float, y: float, r: float, fill: str, opacity: float = 1) -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" fill="{fill}"{faint(opacity)}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1) -> str:
    place = f'cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}"'
    return f'<ellipse {place} fill="{fill}"{faint(opacity)}/>'


def ring(x: float, y: float, r: float, stroke: str, width: float, opacity: float = 1) -> str:
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(r)}"'
    return f'<circle {place} fill="none" stroke="{stroke}" stroke-width="{number(width)}"{faint(opacity)}/>'


def path(d: str, fill: str, opacity: float = 1) -> str:
    return f'<path d="{d}" fill="{fill}"{faint(opacity)}/>'


def line(d: str, stroke: str, width: float, opacity: float = 1) -> str:
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{number(width)}"{faint(opacity)}/>'


def group(content: str, transform: str) -> str:
    return f'<g transform="{transform}">{content}</g>'


def named(content: str, name: str) -> str:
    """Content that can be drawn `again` under this name."""
    return f'<g id="{name}">{content}</g>'


def again(name: str) -> str:
    return f'<use href="#{name}"/>'


def turned(content: str, angle: float, x: float = 200, y: float = 200) -> str:
    return group(content, f"rotate({number(angle)} {number(x)} {number(y)})")


def mirrored(content: str, axis: float = 200) -> str:
    """The content and its mirror image across the upright line x = axis."""
    return content + group(content, f"matrix(-1 0 0 1 {number(2 * axis)} 0)")


def shade(x: float, y: float, rx: float, c: Palette) -> str:
    """The soft shadow under a thing standing at (x, y)."""
    return oval(x, y, rx, max(rx * 0.1, 5), c.shadow, 0.55)


def label(x: float, y: float, w: float, h: float, c: Palette, dice: Dice) -> str:
    """A small paper label with a mark and two lines where words would be."""
    mark = dice.pick(
        disc(x + w / 2, y + h * 0.34, h * 0.17, c.accent),
        path(
            f"M{number(x + w / 2)} {number(y + h * 0.14)}l{number(h * 0.2)} {number(h * 0.34)}h{number(-h * 0.4)}z",
            c.accent,
        ),
        oval(x + w / 2, y + h * 0.33, h * 0.26, h * 0.13, c.accent_deep),
        box(x + w / 2 - h * 0.15, y + h * 0.18, h * 0.3, h * 0.3, c.accent, 4),
    )
    words = box(x + w * 0.2, y + h * 0.62, w * 0.6, 6, c.ink, 3, 0.75) + box(
        x + w * 0.3, y + h * 0.78, w * 0.4, 5, c.ink, 2.5, 0.4
    )
    return box(x, y, w, h, c.paper, 6) + mark + words


def steam(x: float, y: float, c: Palette) -> str:
    """Two curls of steam rising from (x, y)."""
    curl = "c-14-14 12-24 0-40s10-24 2-36"
    return line(f"M{number(x - 16)} {number(y)}{curl}", c.paper, 7, 0.85) + line(
        f"M{number(x + 18)} {number(y - 4)}{curl}", c.paper, 7, 0.6
    )

"""Pictures with all their files, as `{% picture %}` draws them."""

from __future__ import annotations

from typing import Any

from stores.queries.cards import media_url


def source_of(alt: str, sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """One picture: AVIF where there is one beside the others, the largest plain file to fall back on."""
    plain = [size for size in sizes if size.get("type") != "image/avif"] or sizes
    modern = [size for size in sizes if size.get("type") == "image/avif"] if plain is not sizes else []
    last = plain[-1]
    return {
        "src": media_url(last["path"]),
        "small": media_url(plain[0]["path"]),
        "srcset": srcset_of(plain),
        "avif": srcset_of(modern),
        "alt": alt,
        "width": last["width"],
        "height": last["height"],
    }


def srcset_of(sizes: list[dict[str, Any]]) -> str:
    return ", ".join(f"{media_url(size['path'])} {size['width']}w" for size in sizes) if len(sizes) > 1 else ""

"""What a shopping page loads stays light: under 30 kB of CSS and 60 kB of JavaScript, uncompressed."""

from pathlib import Path

import django_htmx

from martunion.embedded import BASE_DIR

STATIC = BASE_DIR / "static"
HTMX = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"


def weight(*names: str) -> int:
    """Bytes of these files under static/."""
    return sum((STATIC / name).stat().st_size for name in names)


def test_styles_of_a_browsing_page_stay_light():
    assert weight("css/tokens.css", "css/martunion.css", "css/shop.css") < 30_000


def test_styles_of_a_checkout_page_stay_light():
    assert weight("css/tokens.css", "css/martunion.css", "css/flow.css") < 30_000


def test_scripts_of_a_product_page_stay_light():
    names = ("theme", "menu", "toast", "stepper", "choice", "live", "stock", "locate")
    assert weight(*(f"js/{name}.js" for name in names)) < 12_000


def test_scripts_of_a_page_with_htmx_stay_light():
    scripts = weight(*(f"js/{name}.js" for name in ("theme", "menu", "toast", "stepper", "live")))
    assert HTMX.stat().st_size + scripts < 60_000

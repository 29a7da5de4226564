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


PRODUCT = ("theme", "menu", "toast", "errors", "stepper", "choice", "live", "shopper_socket", "stock", "locate", "talk")
PRODUCT += ("talk/start", "talk/state", "browsing")


def test_scripts_of_a_product_page_stay_light():
    """With the Talk button and all that a running conversation needs; the window itself comes when it is opened."""
    assert weight(*(f"js/{name}.js" for name in PRODUCT)) < 30_000


def window() -> set[str]:
    """All that an open window loads: without a call and an invitation, which are brought when one comes."""
    own = {path.relative_to(STATIC).as_posix() for path in (STATIC / "js/talk").glob("*.js")}
    return (own - {"js/talk/invitation.js"}) | {"js/cards.js", "js/clock.js", "js/log.js"}


def test_scripts_of_a_product_page_with_an_open_window_stay_light():
    assert weight(*(window() | {f"js/{name}.js" for name in PRODUCT})) < 60_000


def test_scripts_of_a_room_with_an_open_window_stay_light():
    names = ("theme", "menu", "toast", "errors", "live", "shopper_socket", "stock", "talk", "browsing", "room")
    assert weight(*(window() | {f"js/{name}.js" for name in names})) < 60_000


def test_an_invitation_brings_little():
    assert weight("js/talk/invitation.js", "css/invitation.css") < 5_000


def test_scripts_of_a_call_are_few():
    assert sum(path.stat().st_size for path in (STATIC / "js/call").glob("*.js")) < 25_000


def test_scripts_of_a_page_with_htmx_stay_light():
    names = ("theme", "menu", "toast", "errors", "confirm", "stepper", "talk")
    assert HTMX.stat().st_size + weight(*(f"js/{name}.js" for name in names)) < 60_000


def test_the_window_brings_little_style():
    assert weight("css/talk.css") < 8_000

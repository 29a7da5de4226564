"""What a shopping page loads stays light: under 30 kB of CSS and 60 kB of JavaScript, uncompressed."""

import re
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


EVERYWHERE = ("theme", "menu", "toast", "talk", "browsing")
"""Scripts of every page of a union; `window` comes when it is opened, `start` with the button."""
PRODUCT = (*EVERYWHERE, "stepper", "choice", "stock")
IMPORT = re.compile(r'^(?:import|export) [^;]*?from "([^"]+)";|^import "([^"]+)";', re.MULTILINE | re.DOTALL)


def brought(*names: str) -> set[str]:
    """These scripts and all that they import; what they bring later (`import(…)`) has to be named."""
    found: set[Path] = set()
    waiting = [STATIC / f"js/{name}.js" for name in names]
    while waiting:
        script = waiting.pop().resolve()
        if script in found:
            continue
        found.add(script)
        for one, other in IMPORT.findall(script.read_text()):
            waiting.append(script.parent / (one or other))
    return {path.relative_to(STATIC.resolve()).as_posix() for path in found}


def test_what_a_script_imports_is_counted():
    assert {"js/talk/window.js", "js/cards.js", "js/log.js", "js/shopper_socket.js", "js/live.js"} <= brought(
        "talk/window"
    )


def test_scripts_of_a_product_page_stay_light():
    """With the Talk button and all that a running conversation needs; the window itself comes when it is opened."""
    assert weight(*brought(*PRODUCT, "talk/start")) < 30_000


def test_scripts_of_a_product_page_with_an_open_window_stay_light():
    """Without a call and an invitation, which are brought when one comes."""
    assert weight(*brought(*PRODUCT, "talk/start", "talk/window")) < 60_000


def test_scripts_of_a_room_with_an_open_window_stay_light():
    assert weight(*brought(*EVERYWHERE, "room", "talk/start", "talk/window")) < 60_000


def test_an_invitation_brings_little():
    assert weight("js/talk/invitation.js", "css/invitation.css") < 5_000


def test_scripts_of_a_call_are_few():
    assert sum(path.stat().st_size for path in (STATIC / "js/call").glob("*.js")) < 25_000


def test_scripts_of_a_page_with_htmx_stay_light():
    names = ("theme", "menu", "toast", "errors", "confirm", "stepper", "talk")
    assert HTMX.stat().st_size + weight(*(f"js/{name}.js" for name in names)) < 60_000


def test_the_window_brings_little_style():
    assert weight("css/talk.css") < 8_000

from xml.etree import ElementTree

import pytest

from martunion.demo import pictures
from martunion.demo.content import UNIONS, shared, union_content

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {SVG + name for name in ("svg", "g", "path", "rect", "circle", "ellipse", "use")}
GEOMETRY = {"id", "href", "d", "x", "y", "width", "height", "rx", "cx", "cy", "r", "ry", "viewBox", "transform"}
PAINT = {"fill", "stroke", "opacity", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray"}


def faults(drawing: str, *, size: tuple[str, str], most_bytes: int) -> list[str]:
    """What keeps a drawing from being a small static picture of this size."""
    root = ElementTree.fromstring(drawing)
    elements = list(root.iter())
    named = {f"#{element.get('id')}" for element in elements if element.get("id")}
    sound = {
        "is no svg": root.tag == SVG + "svg",
        "another size": (root.get("width"), root.get("height")) == size,
        "another view": root.get("viewBox") == f"0 0 {size[0]} {size[1]}",
        "strange elements": {element.tag for element in elements} <= ELEMENTS,
        "strange attributes": {name for element in elements for name in element.attrib} <= GEOMETRY | PAINT,
        "names and uses differ": {element.get("href") for element in elements if element.get("href")} == named,
        "too large": len(drawing.encode()) < most_bytes,
    }
    return [fault for fault, is_sound in sound.items() if not is_sound]


@pytest.mark.parametrize("slug", UNIONS)
def test_goods_are_small_static_drawings(slug):
    content = union_content(slug)
    for store in content.stores:
        for good in store.goods:
            drawing = pictures.good(
                motif=good.motif, key=f"{store.slug}/{good.slug}", hue=content.raw["hue"], tone=good.tone
            )
            assert faults(drawing, size=("400", "400"), most_bytes=6_000) == []


@pytest.mark.parametrize("slug", UNIONS)
def test_store_fronts_are_static_drawings(slug):
    content = union_content(slug)
    for store in content.stores:
        drawing = pictures.store_front(
            style=content.raw["style"],
            motifs=tuple(store.raw["front"]),
            key=store.slug,
            hue=content.raw["hue"],
            tone=store.raw["tone"],
        )
        assert faults(drawing, size=("640", "400"), most_bytes=12_000) == []


@pytest.mark.parametrize("scene", pictures.SCENES)
def test_union_scenes_are_static_drawings(scene):
    assert faults(pictures.union_scene(scene=scene, hue=195), size=("1200", "480"), most_bytes=14_000) == []


@pytest.mark.parametrize("motif", pictures.MOTIFS)
def test_motif_is_drawn_alike_for_one_key_and_differently_for_others(motif):
    drawings = [pictures.good(motif=motif, key=key, hue=15) for key in ("one", "one", "two", "three", "four")]
    assert drawings[0] == drawings[1]
    assert len(set(drawings)) == 4


def test_every_motif_is_used():
    used = {good.motif for slug in UNIONS for store in union_content(slug).stores for good in store.goods}
    assert used == set(pictures.MOTIFS)
    assert {union_content(slug).raw["scene"] for slug in UNIONS} | {shared()["elsewhere"]["scene"]} == set(
        pictures.SCENES
    )

"""docs/asyncapi.yaml says what travels: every frame heard in a whole conversation fits it, and its examples work."""

from typing import Any

import jsonschema
import pytest
import yaml

from chat.frames import CONSOLE, SHOPPER, handlers
from martunion.embedded import BASE_DIR
from tests.chat.wires import console_wire, shop, shopper_wire

pytestmark = pytest.mark.django_db(transaction=True)


class EachOnce(yaml.SafeLoader):
    """Of two entries with one name YAML keeps the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _value in node.value]
        assert len(set(names)) == len(names), f"{sorted(names)} at {node.start_mark}"
        return super().construct_mapping(node, deep)


DOCUMENT = yaml.load((BASE_DIR / "docs/asyncapi.yaml").read_text(), Loader=EachOnce)
STEPS = ["Resume", "Typing", "Seen", "Message", "Address", "Presence", "Watch", "End", "Rate"]


def payloads(operation: str) -> dict[str, Any]:
    """By type of frame, the schema of what this operation carries."""
    found = {}
    for reference in DOCUMENT["operations"][operation]["messages"]:
        name = reference["$ref"].rpartition("/")[2]
        schema = DOCUMENT["components"]["messages"][name]["payload"]
        whole = {**schema, "components": DOCUMENT["components"]}
        properties = schema.get("properties")
        if properties is None:
            properties = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
        found[properties["type"]["const"]] = whole
    return found


HEARD, SENT = payloads("shopperHears"), payloads("shopperSends")


def fits(frame: dict[str, Any], schemas: dict[str, Any]) -> None:
    jsonschema.validate(frame, schemas[frame["type"]], cls=jsonschema.Draft202012Validator)


def example(name: str, ref: str) -> dict[str, Any]:
    """The document's own example, with the reference of this conversation."""
    payload = DOCUMENT["components"]["messages"][f"send{name}"]["examples"][0]["payload"]
    frame = {key: ref if value == "REF" else value for key, value in payload.items()}
    if name == "Resume":
        frame["conversations"] = {ref: 0}
    return frame


def test_every_frame_of_the_shopper_is_in_the_document():
    ours = {kind for side, kind in handlers if side == SHOPPER}
    assert ours | {"message", "typing", "seen", "resume", "watch", "ping", "pong"} == set(SENT)


def references(part: Any) -> set[str]:
    """Every `$ref` in this part of the document."""
    if isinstance(part, list):
        return {found for each in part for found in references(each)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if "$ref" in part else set()
    return own | {found for each in part.values() for found in references(each)}


def leads_somewhere(reference: str) -> bool:
    there: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        there = there.get(step) if isinstance(there, dict) else None
    return there is not None


def test_every_reference_leads_somewhere():
    found = references(DOCUMENT)
    assert len(found) > 50
    assert [reference for reference in found if not leads_somewhere(reference)] == []


async def test_a_whole_conversation_is_as_the_document_says():
    store, manager = await shop(slug="corner")
    console = await console_wire(store, manager)
    shopper = await shopper_wire(store)
    fits(shopper.hello, HEARD)
    frame = example("Start", "")
    fits(frame, SENT)
    await shopper.send(**frame)
    ref = (await shopper.hear("ack", id=frame["id"]))["conversation"]["conversation"]
    for name in STEPS:
        if name == "Seen":
            await console.send(type="accept", id="a", conversation=ref)
            await console.hear("ack", id="a")
            await console.send(type="resume", id="r", conversations={ref: 0})
            await console.send(type="typing", id="t", conversation=ref)
            await console.send(type="seen", id="s", conversation=ref, seq=1)
            await console.send(type="message", id="m", conversation=ref, text="It is.")
            await shopper.hear("message", id="m")
        frame = example(name, ref)
        fits(frame, SENT)
        await shopper.send(**frame)
        await shopper.hear("ack", id=frame["id"])
    await shopper.send(type="ping")
    await shopper.hear("pong")
    await shopper.send(type="end", id="x", conversation="nobody's")
    await shopper.hear("error", id="x")
    for kind in ("conversation", "queue"):
        await shopper.has_heard(kind)
    for heard in shopper.heard:
        fits(heard, HEARD)
    kinds = {heard["type"] for heard in shopper.heard}
    assert kinds >= {"hello", "conversation", "message", "queue", "typing", "seen", "ack", "error", "stock", "pong"}
    await shopper.close()
    await console.close()


CONSOLE_HEARD, CONSOLE_SENT = payloads("consoleHears"), payloads("consoleSends")
CONSOLE_STEPS = ["join", "note", "list", "counts", "team", "reply", "assign"]


def test_every_frame_of_the_console_is_in_the_document():
    ours = {kind for side, kind in handlers if side == CONSOLE}
    assert ours | {"message", "typing", "seen", "resume", "ping", "pong"} == set(CONSOLE_SENT)


async def test_a_console_hears_and_says_what_the_document_says():
    store, manager = await shop(slug="corner")
    console = await console_wire(store, manager, state="")
    shopper = await shopper_wire(store)
    frame = {"type": "start", "id": "s", "store": store.slug, "text": "Hello?"}
    await shopper.send(**frame)
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    for name in ["logIn", "accept", *CONSOLE_STEPS]:
        payload = DOCUMENT["components"]["messages"][name]["examples"][0]["payload"]
        frame = {key: ref if value == "REF" else value for key, value in payload.items()}
        fits(frame, CONSOLE_SENT)
        await console.send(**frame)
        await console.hear("ack", id=frame["id"])
    for kind in ("conversation", "note"):
        await console.has_heard(kind)
    for heard in console.heard:
        fits(heard, CONSOLE_HEARD)
    assert {heard["type"] for heard in console.heard} >= {"hello", "conversation", "note", "ack"}
    await shopper.close()
    await console.close()

"""A program that sends what no rule thinks of: each answer is out of shape in another way."""

import itertools
import json
import os

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SITE = os.environ["MARTUNION_SITE"].replace("http", "ws", 1)
ODD = itertools.cycle(
    [
        {"price": None, "way": "talk"},
        {"price": "12", "quantity": "many"},
        {"price": {"amount": 1}, "quantity": [1]},
        {"price": float("nan"), "quantity": float("inf")},
        {"id": ["a"], "price": 1},
        {"id": {}, "price": 1},
        {"id": None, "price": 1},
        {"request": ["CALL-1"], "price": 1},
        {"request": None, "price": 1},
        {"price": "9" * 500_000},
    ]
)


NUMBERS = itertools.count()


def answered(line, call, number=NUMBERS):
    line.send('{"type": ' + "[" * 100_000)
    line.send(json.dumps({"type": ["answer"], "id": "x"}))
    line.send(b"\xff\x00")
    line.send('{"type": "answer", "price": ' + "1" * 10_000 + "}")
    odd = next(ODD)
    line.send(json.dumps({"type": "answer", "id": f"i-{next(number)}", "request": call["request"], **odd}))


while True:
    try:
        with connect(f"{SITE}/ws/connector/", additional_headers={"Authorization": "Bearer mu_conformance"}) as line:
            for text in line:
                frame = json.loads(text)
                for call in frame.get("calls", []):
                    answered(line, call)
                if frame["type"] == "wish":
                    answered(line, frame)
    except (ConnectionClosed, OSError):
        continue

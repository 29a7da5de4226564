"""A program of somebody who has not read the rules: it answers everything, at any price, under a new id each time."""

import json
import os
import uuid

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SITE = os.environ["MARTUNION_SITE"].replace("http", "ws", 1)


def answered(line, call):
    frame = {"type": "answer", "id": uuid.uuid4().hex, "request": call["request"], "price": 9999.5}
    line.send(json.dumps(frame))


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

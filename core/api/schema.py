"""What the OpenAPI document says about every endpoint without its having to repeat it: scopes, headers, problems."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from core.api.problems import MEDIA_TYPE

IDEMPOTENCY = "Makes it safe to send the request again: the same key and body are answered with the first answer."
VERSION = "The `ETag` that was read. When somebody else was quicker the answer is `412`."
CART = "A guest's cart; `POST cart/` and `POST cart/lines/` answer with it. Not needed with a customer's key."


class Schema(AutoSchema):
    """Reads `scopes`, `idempotent` and `versioned` of an Endpoint."""

    view: Any

    def get_description(self) -> str:  # type: ignore[override]
        text: str = super().get_description() or ""
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if scope is None:
            needs = "Needs no key."
        elif self.view.guests_too:
            needs = f"A key needs the scope `{scope}`; without a key, as a guest."
        else:
            needs = f"Needs a key with the scope `{scope}`."
        return f"{text}\n\n{needs}".strip()

    def get_auth(self) -> list[dict[str, list[str]]]:
        # For what it does beside: it describes the key under the name that is used below.
        super().get_auth()
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if scope is None:
            return [{}]
        return [{"key": []}, {}] if self.view.guests_too else [{"key": []}]

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if self.method in getattr(self.view, "idempotent", {}):
            found.append(
                _header("Idempotency-Key", IDEMPOTENCY, required=self.view.idempotent[self.method], max_length=200)
            )
        if self.method in getattr(self.view, "versioned", ()):
            found.append(_header("If-Match", VERSION, required=True))
        if getattr(self.view, "cart_token", False):
            found.append(_header("Cart-Token", CART, required=False, max_length=64))
        return found


def _header(name: str, description: str, *, required: bool, max_length: int | None = None) -> OpenApiParameter:
    shape: Any = {"type": "string", "maxLength": max_length} if max_length else OpenApiTypes.STR
    return OpenApiParameter(name, shape, OpenApiParameter.HEADER, required=required, description=description)


PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Programs look at `code`, people at `detail`; further members depend on the code.",
    "properties": {
        "type": {"type": "string", "example": "about:blank"},
        "title": {"type": "string", "example": "Not Found"},
        "status": {"type": "integer", "example": 404},
        "code": {"type": "string", "example": "not_found"},
        "detail": {"type": "string", "example": "This does not exist here."},
        "errors": {"type": "object", "description": "With the code `invalid`: what is wrong with which entry."},
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
}


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Give every operation of the finished document the problem document as its answer to whatever goes wrong."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "A problem document.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].setdefault("default", answer)
    return result

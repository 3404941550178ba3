"""Discord's own OpenAPI document as a referee for bodies (`discord-openapi.json`)."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT = json.loads((Path(__file__).parent / "discord-openapi.json").read_text())

# Where discord.py knowingly differs and Discord takes it: numbers for ids.
NUMBERS_TAKEN = ("id", "target_id", "parent_id", "recipient_id")


def request_problems(request: dict[str, Any]) -> list[str]:
    """What Discord's document finds wrong with a recorded request; [] for nothing."""
    route = _route_of(request)
    if route is None or request["body"] is None:
        return []
    return _problems(route["body"], request["body"])


def answer_problems(route: str, status: int, answer: Any) -> list[str]:
    """What Discord's document finds wrong with an answer."""
    return _problems(DOCUMENT["routes"][route]["answers"][str(status)], answer)


def known(request: dict[str, Any]) -> bool:
    """Whether the document says anything about this request."""
    return _route_of(request) is not None


def _route_of(request: dict[str, Any]) -> dict[str, Any] | None:
    parts = request["path"].strip("/").split("/")
    for name, route in DOCUMENT["routes"].items():
        method, template = name.split(" ")
        wanted = template.strip("/").split("/")
        if method != request["method"] or len(wanted) != len(parts):
            continue
        if all(w[0] == "{" or w == p for w, p in zip(wanted, parts, strict=True)):
            return route
    return None


def _problems(schema: dict[str, Any], body: Any) -> list[str]:
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in validator.iter_errors(_as_documented(body))
    ]


def _as_documented(body: Any) -> Any:
    if isinstance(body, dict):
        return {
            key: str(value)
            if key in NUMBERS_TAKEN and isinstance(value, int)
            else _as_documented(value)
            for key, value in body.items()
        }
    if isinstance(body, list):
        return [_as_documented(item) for item in body]
    return body

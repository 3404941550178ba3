"""What Discord refuses and neither SimCord nor the OpenAPI document notices."""

from typing import Any

from simcord.backend.errors import BackendError

EMPTY_MESSAGE = BackendError(400, 50006, "Cannot send an empty message")
_REQUIRED = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}


def check_body(method: str, path: str, body: Any) -> None:
    """Refuse a message body Discord would refuse; other bodies pass."""
    message = _message_in(method, path, body)
    if message is None:
        return
    _check_content(message)
    embeds = message.get("embeds") or []
    if isinstance(embeds, list):
        for index, embed in enumerate(embeds):
            _check_embed(index, embed)


def as_discord_error(error: BackendError) -> BackendError:
    """Give an error of SimCord the code and the tree Discord sends."""
    if error.code == 50035 and "empty message" in error.message:
        return EMPTY_MESSAGE
    if error.code != 50035 or error.errors is not None:
        return error
    detail = error.message.removeprefix("Invalid Form Body").lstrip(": ")
    tree = {"_errors": [{"code": "INVALID_VALUE", "message": detail or "Invalid"}]}
    return BackendError(400, 50035, "Invalid Form Body", errors=tree)


def form_error(path: str, code: str, message: str) -> BackendError:
    """A 50035 whose tree points at `path` ("embeds.0.fields.1.value")."""
    tree: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(path.split(".")):
        tree = {part: tree}
    return BackendError(400, 50035, "Invalid Form Body", errors=tree)


def _message_in(method: str, path: str, body: Any) -> dict[str, Any] | None:
    if method not in ("POST", "PATCH") or not isinstance(body, dict):
        return None
    if path.startswith("/interactions/"):
        data = body.get("data")
        return data if body.get("type") in (4, 7) and isinstance(data, dict) else None
    is_message = "/messages" in path or path.startswith("/webhooks/")
    return body if is_message else None


def _check_content(message: dict[str, Any]) -> None:
    content = message.get("content")
    if isinstance(content, str) and len(content) > 2000:
        raise form_error(
            "content",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 2000 or fewer in length.",
        )


def _check_embed(index: int, embed: Any) -> None:
    if not isinstance(embed, dict):
        return
    for number, field in enumerate(embed.get("fields") or []):
        for key in ("name", "value"):
            text = field.get(key) if isinstance(field, dict) else None
            if not isinstance(text, str) or not text.strip():
                where = f"embeds.{index}.fields.{number}.{key}"
                raise form_error(where, _REQUIRED["code"], _REQUIRED["message"])

"""Complete SimCord's answers to what Discord's document promises."""

from typing import Any

_DM_LACKS = ("parent_id", "topic", "rate_limit_per_user")
_DM = 1


def complete(answer: Any) -> Any:
    """The same answer with the keys that Discord always sends, in every object."""
    if isinstance(answer, list):
        return [complete(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    whole = {key: complete(value) for key, value in answer.items()}
    if "username" in whole and "discriminator" in whole:
        whole.setdefault("primary_guild", None)
    if "permission_overwrites" in whole:
        whole.setdefault("flags", 0)
        whole.setdefault("nsfw", False)
    if whole.get("type") == _DM and "recipients" in whole:
        whole.setdefault("flags", 0)
        for key in _DM_LACKS:
            whole.pop(key, None)
    if "embeds" in whole and "author" in whole:
        _complete_message(whole)
    return whole


def _complete_message(message: dict[str, Any]) -> None:
    if message.get("nonce") is None:
        message.pop("nonce", None)
    for embed in message["embeds"]:
        embed.setdefault("type", "rich")

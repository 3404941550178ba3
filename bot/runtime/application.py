"""What Discord says about the application behind a bot token."""

from dataclasses import dataclass

from django.conf import settings

from ppob.kit.http import HttpClient

_MESSAGE_CONTENT = (1 << 18) | (1 << 19)  # full or limited, either will do


class TokenRefused(Exception):
    """Discord does not know this token."""


@dataclass(frozen=True)
class Application:
    """The bot's application: its id and what it may see."""

    id: int
    name: str
    has_message_content: bool


def read(token: str) -> Application:
    """Ask Discord whose token this is.

    Raises TokenRefused, or Unreachable and NoAnswer of `ppob.kit.http`.
    """
    client = HttpClient(settings.DISCORD["API_BASE"], name="discord")
    try:
        answer = client.request(
            "GET", "/applications/@me", headers={"Authorization": f"Bot {token}"}
        )
    finally:
        client.close()
    if answer.status in (401, 403):
        raise TokenRefused
    body = answer.json()
    return Application(
        id=int(body["id"]),
        name=str(body.get("name", "")),
        has_message_content=bool(int(body.get("flags") or 0) & _MESSAGE_CONTENT),
    )

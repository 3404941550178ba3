"""Discord's HTTP API, as far as pages need it.

Source: Discord's developer documentation, "OAuth2" and "User". The base address comes
from the settings, so that a local Discord is spoken to in exactly the same way.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import DomainError
from ppob.kit.http import HttpClient, NoAnswer, Response, Unreachable


class DiscordAway(DomainError):
    """Discord cannot be reached, is overloaded or answers nonsense."""

    code = "DISCORD_AWAY"
    http_status = 503
    default = _("Discord is not answering right now. Please try again in a minute.")


class DiscordRefused(DomainError):
    """Discord understood and said no; `status` and `discord_code` say why."""

    code = "DISCORD_REFUSED"
    http_status = 502
    default = _("Discord refused this request.")

    def __init__(self, status: int, discord_code: int = 0) -> None:
        super().__init__()
        self.status = status
        self.discord_code = discord_code


def bearer(token: str) -> str:
    """The `Authorization` header of a person who signed in."""
    return f"Bearer {token}"


def exchange_code(
    *, code: str, redirect_uri: str, code_verifier: str | None
) -> dict[str, Any]:
    """Trade an OAuth2 code for a token response; raises DiscordRefused, DiscordAway."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.DISCORD["CLIENT_ID"],
        "client_secret": settings.DISCORD["CLIENT_SECRET"],
    }
    if code_verifier:
        form["code_verifier"] = code_verifier
    answer: dict[str, Any] = call("POST", "/oauth2/token", form=form)
    if not isinstance(answer, dict) or not answer.get("access_token"):
        raise DiscordAway
    return answer


def call(
    method: str,
    path: str,
    *,
    authorization: str = "",
    json: Any = None,
    form: Mapping[str, str] | None = None,
) -> Any:
    """One request; the parsed answer. Raises DiscordRefused or DiscordAway."""
    headers = {"Authorization": authorization} if authorization else {}
    client = _client(settings.DISCORD["API_BASE"])
    try:
        answer = client.request(method, path, headers=headers, json=json, data=form)
        if answer.status == 429 or answer.status >= 500:
            raise DiscordAway
        if answer.status >= 400:
            raise DiscordRefused(answer.status, _code_of(answer))
        return answer.json() if answer.body else None
    except (Unreachable, NoAnswer) as error:
        raise DiscordAway from error


def _code_of(answer: Response) -> int:
    try:
        body = answer.json()
    except NoAnswer:
        return 0
    code = body.get("code", 0) if isinstance(body, dict) else 0
    return code if isinstance(code, int) else 0


@lru_cache(maxsize=4)
def _client(base_url: str) -> HttpClient:
    return HttpClient(base_url, name="discord", connect_secs=3, read_secs=8)

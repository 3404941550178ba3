"""OAuth2 codes and tokens that were given out."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

CODE_LIFE_SECS = 600
TOKEN_LIFE_SECS = 604800


class BadGrant(ValueError):
    """The code, refresh token or verifier does not fit; the text says which."""


@dataclass
class Grant:
    """What one person allowed one application."""

    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    guild_id: int | None = None
    challenge: str = ""
    challenge_method: str = ""
    made_at: float = 0.0


class OAuthGrants:
    """Codes work once and for ten minutes; access tokens a week."""

    def __init__(self) -> None:
        self.codes: dict[str, Grant] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}

    def issue_code(self, grant: Grant) -> str:
        """A code for the redirect."""
        code = secrets.token_urlsafe(22)
        grant.made_at = time.time()
        self.codes[code] = grant
        return code

    def redeem_code(self, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant behind a code, once; BadGrant when anything does not fit."""
        grant = self.codes.pop(code, None)
        if grant is None or time.time() - grant.made_at > CODE_LIFE_SECS:
            raise BadGrant('Invalid "code" in request.')
        if grant.redirect_uri != redirect_uri:
            raise BadGrant('Invalid "redirect_uri" in request.')
        if grant.challenge and not _verifies(grant, verifier):
            raise BadGrant('Invalid "code_verifier" in request.')
        return grant

    def redeem_refresh(self, token: str) -> Grant:
        """The grant behind a refresh token, which is spent by this."""
        grant = self.refresh.pop(token, None)
        if grant is None:
            raise BadGrant('Invalid "refresh_token" in request.')
        return grant

    def issue_tokens(self, grant: Grant) -> dict[str, Any]:
        """The body of a token response, without the guild."""
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        grant.made_at = time.time()
        self.access[access] = grant
        self.refresh[refresh] = grant
        return {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": TOKEN_LIFE_SECS,
            "refresh_token": refresh,
            "scope": " ".join(grant.scopes),
        }

    def find_access(self, token: str) -> Grant | None:
        """The grant of a live access token."""
        grant = self.access.get(token)
        if grant is None or time.time() - grant.made_at > TOKEN_LIFE_SECS:
            return None
        return grant

    def revoke(self, token: str) -> None:
        """Make a token useless, together with its partner."""
        grant = self.access.get(token) or self.refresh.get(token)
        for tokens in (self.access, self.refresh):
            for key in [key for key, held in tokens.items() if held is grant]:
                del tokens[key]

    def export_state(self) -> dict[str, Any]:
        """What has to survive a restart."""
        return {"codes": self.codes, "access": self.access, "refresh": self.refresh}

    def import_state(self, state: dict[str, Any]) -> None:
        """Take over an exported state."""
        self.codes, self.access = state["codes"], state["access"]
        self.refresh = state["refresh"]


def _verifies(grant: Grant, verifier: str) -> bool:
    if grant.challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return secrets.compare_digest(grant.challenge, verifier)

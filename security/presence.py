"""Notices which browsers are in use, at most once in five minutes each."""

import hashlib
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from ppob.kit import clock
from security.models import User
from security.services import browser_sessions

EVERY_SECS = 300


class PresenceMiddleware:
    """Keeps the list of one's own sessions up to date, after the answer is ready."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        if key and _is_due(key) and isinstance(request.user, User):
            browser_sessions.note_seen(
                user=request.user,
                session_key=key,
                user_agent=request.headers.get("User-Agent", ""),
                now=clock.now(),
            )
        return response


def _is_due(session_key: str) -> bool:
    # Whoever knows a session's key is that person: not even the cache has it.
    name = hashlib.sha256(session_key.encode()).hexdigest()[:32]
    return cache.add(f"session-seen:{name}", 1, timeout=EVERY_SECS)

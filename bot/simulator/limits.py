"""Discord's rate limits: per route and channel, the hidden ones, and the global one.

Discord publishes only the headers. The numbers are the ones bots meet in practice:
message create and edit 5 per 5 s per channel, edits of messages older than an hour 3
per 20 s (error 30046), channel name or topic 2 per 10 min, 50 requests per second.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

MESSAGE_TOO_OLD = 30046
OLD_MESSAGE_SECS = 3600.0


@dataclass(frozen=True)
class Rule:
    """So many requests per window of so many seconds."""

    limit: int
    window_secs: float


@dataclass(frozen=True)
class Verdict:
    """The headers of the answer and, when refused, how long to wait."""

    headers: dict[str, str]
    retry_after: float | None = None
    is_global: bool = False
    code: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.retry_after is None


@dataclass
class _Window:
    ends_at: float
    used: int = 0


MESSAGES = Rule(5, 5.0)
OLD_EDITS = Rule(3, 20.0)
RENAMES = Rule(2, 600.0)
GLOBAL = Rule(50, 1.0)
DEFAULT = Rule(50, 1.0)
NONE = Rule(1_000_000, 1.0)

_RULES = {
    ("POST", "/channels/{id}/messages"): MESSAGES,
    ("PATCH", "/channels/{id}/messages/{id}"): MESSAGES,
    ("POST", "/webhooks/{id}/{token}"): MESSAGES,
    ("PATCH", "/webhooks/{id}/{token}/messages/{id}"): MESSAGES,
    ("PATCH", "/webhooks/{id}/{token}/messages/@original"): MESSAGES,
    ("DELETE", "/channels/{id}/messages/{id}"): Rule(5, 1.0),
    ("POST", "/channels/{id}/messages/bulk-delete"): Rule(1, 1.0),
    ("PUT", "/channels/{id}/messages/{id}/reactions/{emoji}/@me"): Rule(4, 1.0),
    ("PATCH", "/channels/{id}"): Rule(10, 15.0),
    ("POST", "/guilds/{id}/channels"): Rule(10, 10.0),
}


def template_of(path: str) -> str:
    """The route of a path: numbers become {id}, secrets {token}, emoji {emoji}."""
    parts = path.strip("/").split("/")
    named = []
    for index, part in enumerate(parts):
        before = parts[index - 2] if index >= 2 else ""
        if part.isdecimal():
            named.append("{id}")
        elif index == 2 and before in ("webhooks", "interactions"):
            named.append("{token}")
        elif index and parts[index - 1] == "reactions":
            named.append("{emoji}")
        else:
            named.append(part)
    return "/" + "/".join(named)


class RateLimits:
    """Counts requests in fixed windows, as Discord's buckets do."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self.enabled = True

    def take(self, method: str, path: str) -> Verdict:
        """Count one request against its route and the global limit."""
        template = template_of(path)
        # Callers keep to what the headers say.
        rule = _RULES.get((method, template), DEFAULT) if self.enabled else NONE
        bucket = _bucket(method, template)
        window = self._window(f"{bucket}:{_major(path)}", rule)
        if window.used >= rule.limit:
            return self._refusal(rule, window, bucket)
        if not path.startswith(("/interactions/", "/webhooks/")):
            shared = self._window("global", GLOBAL)
            if self.enabled and shared.used >= GLOBAL.limit:
                return self._refusal(GLOBAL, shared, bucket, is_global=True)
            shared.used += 1
        window.used += 1
        return Verdict(self._headers(rule, window, bucket))

    def take_rename(self, channel_id: int) -> float | None:
        """Count a change of name or topic; seconds to wait when there were too many."""
        return self._take_hidden(f"rename:{channel_id}", RENAMES)

    def take_old_edit(self, channel_id: int) -> float | None:
        """Count an edit of an hour-old message; seconds to wait when refused."""
        return self._take_hidden(f"old:{channel_id}", OLD_EDITS)

    def _take_hidden(self, key: str, rule: Rule) -> float | None:
        window = self._window(key, rule)
        if self.enabled and window.used >= rule.limit:
            return max(window.ends_at - self._clock(), 0.001)
        window.used += 1
        return None

    def _window(self, key: str, rule: Rule) -> _Window:
        now = self._clock()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            self._drop_ended(now)
            window = self._windows[key] = _Window(now + rule.window_secs)
        return window

    def _drop_ended(self, now: float) -> None:
        if len(self._windows) > 2000:
            self._windows = {
                key: window
                for key, window in self._windows.items()
                if window.ends_at > now
            }

    def _refusal(
        self, rule: Rule, window: _Window, bucket: str, *, is_global: bool = False
    ) -> Verdict:
        retry_after = max(window.ends_at - self._clock(), 0.001)
        headers = self._headers(rule, window, bucket)
        headers["X-RateLimit-Scope"] = "global" if is_global else "user"
        headers["Retry-After"] = str(int(retry_after) + 1)
        if is_global:
            headers["X-RateLimit-Global"] = "true"
        return Verdict(headers, retry_after, is_global)

    def _headers(self, rule: Rule, window: _Window, bucket: str) -> dict[str, str]:
        left_secs = max(window.ends_at - self._clock(), 0.0)
        return {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(max(rule.limit - window.used, 0)),
            "X-RateLimit-Reset": f"{time.time() + left_secs:.3f}",
            "X-RateLimit-Reset-After": f"{left_secs:.3f}",
            "X-RateLimit-Bucket": bucket,
        }


def _bucket(method: str, template: str) -> str:
    digest = hashlib.blake2s(f"{method} {template}".encode(), digest_size=16)
    return digest.hexdigest()


def _major(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[0] == "webhooks":
        return "/".join(parts[1:3])
    return parts[1] if parts[0] in ("channels", "guilds") and len(parts) > 1 else ""

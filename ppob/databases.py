"""How this process reaches the database, and for how long it may keep it busy."""

from dataclasses import dataclass
from typing import Any

from ppob import env as environment
from ppob.env import env


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds; 0 is no limit. The server itself watches them.

    `lock_secs` is for waiting for somebody else's row, `statement_secs` for one
    statement with all its waiting, `idle_secs` for a transaction in which nothing is
    asked and which holds its locks.
    """

    lock_secs: int
    statement_secs: int
    idle_secs: int

    def as_option(self) -> str:
        """As libpq passes settings on at the start of a connection."""
        settings = {
            "lock_timeout": self.lock_secs,
            "statement_timeout": self.statement_secs,
            "idle_in_transaction_session_timeout": self.idle_secs,
        }
        return " ".join(f"-c {name}={secs}s" for name, secs in settings.items())


# Somebody looks at the page or waits for the bot: the pages' own script gives up after
# 15 s, and a proxy after 60. Workers are killed after 120 s (CELERY_TASK_TIME_LIMIT),
# so PostgreSQL stops them before that and they can say why. A lock is held for
# milliseconds everywhere; whoever waits seconds for one waits for something that hangs.
LIMITS = {
    "web": Limits(lock_secs=5, statement_secs=15, idle_secs=30),
    "bot": Limits(lock_secs=5, statement_secs=15, idle_secs=30),
    "worker": Limits(lock_secs=10, statement_secs=60, idle_secs=60),
    # A person watches it.
    "command": Limits(lock_secs=10, statement_secs=600, idle_secs=600),
}
# A migration may rewrite a table for an hour. While it waits for a table, everybody who
# comes after it waits as well, so that ends.
OWNER = Limits(lock_secs=60, statement_secs=0, idle_secs=0)


def database(role: str, *, pool_size: int) -> dict[str, Any]:
    """Django's settings of the connections as `app`, `platform` or `owner`.

    Empty where this process has no business there: Django then refuses every query.
    """
    url = environment.database_url(role)
    if not url:
        return {}
    limits = OWNER if role == "owner" else LIMITS[environment.process_kind()]
    found: dict[str, Any] = env.db_url_config(url)
    given: dict[str, Any] = dict(found.get("OPTIONS", {}))
    options: dict[str, Any] = {
        "application_name": f"ppob-{role}",
        "prepare_threshold": 5,  # for `prepared_cursor` alone
        # What the address itself asks for comes last, and counts.
        "options": f"{limits.as_option()} {given.pop('options', '')}".strip(),
    }
    if pool_size:
        options["pool"] = {"min_size": 0, "max_size": pool_size, "timeout": 10}
    return {
        **found,
        "ENGINE": "ppob.kit.postgres",
        "CONN_MAX_AGE": 0,
        # A named cursor would outlive the transaction that carries its tenant.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**given, **options},
    }

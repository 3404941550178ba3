"""The environment, read in one place: what it may say and what is assumed without it.

Nothing needs to be set on a developer's machine. In production `DEBUG` stays unset and
every value marked *required* must be there, or the process refuses to start. A service
of compose.yaml says its name (`PPOB_SERVICE`) and has the secrets of its work alone.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from ppob.local import paths
from ppob.local.secrets import local_secrets

env = environ.Env()

_DATABASE = frozenset({"DATABASE_URL", "DATABASE_PLATFORM_URL"})

# What each service must know and, by compose.yaml, all that it knows. Migrating looks
# at the two other roles as well: row-level security has to bind them.
NEEDS = {
    "migrate": _DATABASE | {"DATABASE_OWNER_URL"},
    "web": _DATABASE
    | {
        "REDIS_URL",
        "PPOB_SECRET_KEY",
        "PPOB_MASTER_KEYS",
        "DISCORD_BOT_TOKEN",
        "DISCORD_CLIENT_SECRET",
    },
    "ws": _DATABASE | {"REDIS_URL", "PPOB_SECRET_KEY"},
    "worker": _DATABASE | {"REDIS_URL", "PPOB_MASTER_KEYS"},
    "beat": frozenset({"REDIS_URL"}),
    "bot": _DATABASE | {"REDIS_URL", "PPOB_MASTER_KEYS", "DISCORD_BOT_TOKEN"},
}

# Without a name a process may do everything, so it needs all keys and databases.
SERVICE = env.str("PPOB_SERVICE", default="")
if SERVICE and SERVICE not in NEEDS:
    raise ImproperlyConfigured(f"PPOB_SERVICE is one of {', '.join(sorted(NEEDS))}.")

# Embedded servers and generated keys are for one person's machine.
IS_LOCAL = not SERVICE and not env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=IS_LOCAL)

if IS_LOCAL and not DEBUG and not env.bool("PPOB_ALLOW_EMBEDDED", default=False):
    raise ImproperlyConfigured(
        "DATABASE_URL is required when DEBUG is off "
        "(PPOB_ALLOW_EMBEDDED=1 runs on the embedded servers on purpose)."
    )


def required(name: str) -> str:
    """A value production must set; made up once and kept on a developer's machine.

    Empty in a service that has no business with it: whoever uses it there all the same
    is refused by Django (secret key, databases) or by `security.crypto`.
    """
    value = env.str(name, default="")
    if value:
        return value
    if IS_LOCAL:
        return local_secrets(paths.data_dir())[name]
    if SERVICE and name not in NEEDS[SERVICE]:
        return ""
    raise ImproperlyConfigured(f"Set {name} in the environment.")


def database_url(role: str) -> str:
    """The connection of one database role: `app`, `owner` or `platform`.

    `DATABASE_URL` is the application's, `DATABASE_OWNER_URL` and
    `DATABASE_PLATFORM_URL` are the other two.
    """
    if IS_LOCAL:
        return paths.database_url(role)
    name = "DATABASE_URL" if role == "app" else f"DATABASE_{role.upper()}_URL"
    return required(name)


def process_kind() -> str:
    """What this process is: `web`, `bot`, `worker` (beat, too) or a `command`."""
    program = Path(next(iter(sys.argv), ""))  # …/uvicorn/__main__.py after `-m`
    words = {program.name, program.parent.name, *sys.argv[1:2]}
    known = {"uvicorn": "web", "gunicorn": "web", "runserver": "web", "runbot": "bot"}
    found = [kind for word, kind in known.items() if word in words]
    return found[0] if found else "worker" if "celery" in words else "command"


def has_owner() -> bool:
    """Whether this process may change the schema: it knows the owner's address."""
    return IS_LOCAL or bool(env.str("DATABASE_OWNER_URL", default=""))


if SERVICE:
    for _name in sorted(NEEDS[SERVICE]):
        required(_name)

REDIS_URL = env.str("REDIS_URL", default="")


def redis_url(db: int) -> str:
    """The Redis server, one numbered database per use.

    The rest of the address stays as it is: a password, options after a question mark.
    """
    if not REDIS_URL:
        return paths.redis_url(db)
    return urlunsplit(urlsplit(REDIS_URL)._replace(path=f"/{db}"))


def broker_url() -> str:
    """Where Celery keeps its messages."""
    return redis_url(0) if REDIS_URL else paths.celery_broker_url()


WEB_PORT = env.int("PPOB_WEB_PORT", default=8000)
SIMULATOR_PORT = env.int("PPOB_SIMULATOR_PORT", default=8100)
GATEWAY_PORT = env.int("PPOB_GATEWAY_PORT", default=8200)
SUPPLIER_PORT = env.int("PPOB_SUPPLIER_PORT", default=8300)

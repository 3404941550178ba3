"""Background work, asked for by name and after commit.

A job is only a hint that a row is due: the row was committed first, and a sweeper
finds every due row that lost its hint. A broker that is away costs seconds, never an
order.
"""

import logging
import time
from functools import cache

from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError

from ppob.kit.failpoints import failpoint

log = logging.getLogger(__name__)

Argument = int | str | None

# Only for those who ask: a worker whose acknowledgement timed out would keep its place
# for that job occupied for ever.
ASKING = {"socket_timeout": 2, "socket_connect_timeout": 2}
SLOW_SECS = 1.0
REST_SECS = 5.0

MOST_ASKED = 10_000

_silent_until = 0.0
_asked_for: dict[tuple[object, ...], float] = {}  # and until when it is on its way


def enqueue(name: str, **arguments: Argument) -> None:
    """Have a worker run task `name` with these ids once the transaction committed.

    Arguments are plain values, so nothing is captured that may change before commit.
    """
    transaction.on_commit(lambda: _send(name, arguments))


def enqueue_soon(name: str, *, secs: float, **arguments: Argument) -> None:
    """Have a worker run it once, `secs` from now, however often that is asked for.

    For work that looks at what has become of many changes.
    """
    transaction.on_commit(lambda: _send_soon(name, arguments, secs))


def _send_soon(name: str, arguments: dict[str, Argument], secs: float) -> None:
    key, now = (name, *sorted(arguments.items())), time.monotonic()
    if _asked_for.get(key, 0.0) > now:
        return
    if len(_asked_for) >= MOST_ASKED:
        _asked_for.clear()
    _asked_for[key] = now + secs
    _send(name, arguments, countdown=secs)


def _send(
    name: str, arguments: dict[str, Argument], *, countdown: float | None = None
) -> None:
    global _silent_until
    started = time.monotonic()
    if started < _silent_until:
        log.warning("The broker is silent; a sweeper will do %s.", name)
        return
    failpoint("jobs.send:before_call")
    try:
        producers = _producers(current_app.conf.broker_write_url)
        with producers.acquire(block=True) as producer:
            current_app.send_task(
                name,
                kwargs=arguments,
                ignore_result=True,
                retry=False,
                producer=producer,
                countdown=countdown,
            )
    except OperationalError:
        log.warning("The broker did not take %s; a sweeper will do it.", name)
        if time.monotonic() - started > SLOW_SECS:
            # One caller has waited for it; the next ones need not.
            _silent_until = time.monotonic() + REST_SECS
    failpoint("jobs.send:after_call")


@cache
def _producers(broker_url: str) -> pools.ProducerPool:
    return pools.producers[
        current_app.connection_for_write(broker_url, transport_options=ASKING)
    ]

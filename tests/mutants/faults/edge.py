"""Faults at the edge: what comes in, who may listen, how long anybody may wait."""

from tests.mutants.mutant import fault

_NUMBERS = "tests/edge/test_numbers.py"
_ODD = "tests/edge/test_odd_requests.py"
_SOCKETS = "tests/edge/test_sockets.py"
_HEADERS = "tests/edge/test_headers.py"
_FORWARDED = "tests/edge/test_forwarded.py"
_WAITING = "tests/edge/test_waiting_in_database.py"
_START = "tests/edge/test_start.py"

EDGE = (
    fault(
        "a number from outside has no bound",
        "ppob/kit/numbers.py",
        "read_number",
        "return number if number <= most else None",
        "return number",
        _NUMBERS,
    ),
    fault(
        "digits of a button are those of any script",
        "bot/ids.py",
        "_ID",
        '"(?:[1-8][0-9]{18}|[0-9]{1,18})"',
        '"\\\\d{1,19}"',
        _NUMBERS,
    ),
    fault(
        "text that no column keeps reaches the pages",
        "ppob/kit/edge.py",
        "_is_encoded_text",
        'return is_storable(unquote_to_bytes(encoded).decode("utf-8"))',
        "return True",
        f"{_ODD}::test_the_refusal_is_a_page_for_people_and_a_problem_for_programs",
    ),
    fault(
        "a cursor is believed to hold a key",
        "tenants/api/base.py",
        "NewestFirst",
        "if position is not None and read_number(position) is None:",
        "if False:",
        f"{_ODD}::test_a_cursor_that_somebody_made_up_leads_nowhere",
    ),
    fault(
        "the port of a socket's page is ignored",
        "ppob/kit/sockets.py",
        "OwnOrigins",
        'named[0].decode("latin-1") in own_origins()',
        '{named[0].decode("latin-1"), named[0].decode("latin-1").rpartition(":")[0]}'
        " & own_origins() != set()",
        _SOCKETS,
    ),
    fault(
        "slots of the dead are never free",
        "ppob/kit/slots.py",
        "_TAKE",
        "    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)\n",
        "",
        _SOCKETS,
    ),
    fault(
        "a page that is one too many listens all the same",
        "tenants/consumers.py",
        "StoreConsumer",
        "        if not await self._has_slot():\n            self._slots = {}",
        "        if not await self._has_slot() and False:\n            self._slots = {}",
        _SOCKETS,
    ),
    fault(
        "TLS in front is believed of anybody",
        "ppob/settings.py",
        "",
        "if PROXY_HOPS > 0:",
        "if True:",
        _FORWARDED,
    ),
    fault(
        "the admin's policy is that of the pages",
        "ppob/kit/headers.py",
        "AnswerHeadersMiddleware",
        "(self._of_admin if is_admin else self.get_response)(request)",
        "self.get_response(request)",
        _HEADERS,
    ),
    fault(
        "answers stay in a browser's cache",
        "ppob/kit/headers.py",
        "CACHED_NOWHERE",
        '"private, no-store"',
        '"private"',
        _HEADERS,
    ),
    fault(
        "a lock is waited for without an end",
        "ppob/databases.py",
        "Limits",
        '"lock_timeout": self.lock_secs,',
        '"lock_timeout": 0,',
        _WAITING,
    ),
    fault(
        "a row that is held ends the sweep",
        "tenants/jobs.py",
        "sweep",
        "            if refusal is None:\n                raise",
        "            if True:\n                raise",
        _WAITING,
    ),
    fault(
        "what was done before is denied",
        "ppob/kit/postgres/refusals.py",
        "refusal_for",
        "refusal(refusal.cautious if has_kept else None)",
        "refusal(None)",
        _WAITING,
    ),
    fault(
        "a superuser may serve",
        "ppob/kit/checks.py",
        "exit_if_unbound",
        "if errors := database_roles(databases=UNPRIVILEGED):",
        "if errors := database_roles(databases=()):",
        f"{_START}::test_an_owner_and_the_platforms_superuser_are_refused_too",
    ),
)

"""Bodies: read whole and bounded before anything else happens."""

from tests.mutants.mutant import fault

_BODIES = "ppob/kit/bodies.py"
_TEST_BODIES = "tests/kit/test_bodies.py"

DOOR = (
    fault(
        "a body is read by whoever asks for it",
        _BODIES,
        "WholeBodies",
        "if _has_body(environ):",
        "if False:",
        _TEST_BODIES,
    ),
    fault(
        "half a body is a body",
        _BODIES,
        "_read",
        "if size < declared:",
        "if False:",
        _TEST_BODIES,
    ),
    fault(
        "a body that says it is too long is read",
        _BODIES,
        "_read",
        "if declared > most:",
        "if False:",
        _TEST_BODIES,
    ),
    fault(
        "a body in chunks has no end",
        _BODIES,
        "_read",
        "if size > most:",
        "if False:",
        _TEST_BODIES,
    ),
    fault(
        "every body may be as long as an upload",
        _BODIES,
        "_limit",
        'if content_type.strip().lower().startswith("multipart/"):',
        "if True:",
        _TEST_BODIES,
    ),
    fault(
        "a body over ASGI has no end",
        _BODIES,
        "BoundedBodies",
        'if left < 0 and message["type"] == "http.request":',
        "if False:",
        _TEST_BODIES,
    ),
    fault(
        "a callback is read after a query",
        "security/callback_door.py",
        "take_in",
        "        body = read_body(request, most=MAX_BYTES)\n"
        "        spec, tenant_id = _whose(find_spec, find_owner)\n",
        "        spec, tenant_id = _whose(find_spec, find_owner)\n"
        "        body = read_body(request, most=MAX_BYTES)\n",
        _TEST_BODIES,
    ),
)

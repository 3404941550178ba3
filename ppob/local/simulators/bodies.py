"""Bodies of the simulators' control APIs: JSON, which no website can send unasked."""

from typing import Any

from aiohttp import web

from ppob.kit.foreign import Malformed, read_object

MAX_TIMES = 1_000

Body = dict[str, Any]


async def read_body(request: web.Request) -> Body:
    """The object in a control request; raises HTTPUnsupportedMediaType or 400."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send a JSON object.")
    try:
        return read_object(await request.read())
    except Malformed as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def read_times(body: Body) -> int:
    """How often something is to happen, once by default; raises HTTPBadRequest."""
    times = body.get("times", 1)
    if type(times) is not int or not 1 <= times <= MAX_TIMES:
        raise web.HTTPBadRequest(text=f"times is a number from 1 to {MAX_TIMES}.")
    return times

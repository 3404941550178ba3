"""What IAK tells about games: players, servers, formats; the documented test cases.

docs/prepaid/core/v2/inquiry/game/ of https://github.com/iak-id/iak-api-reference-docs
"""

from collections.abc import Callable

from inventory.simulator.engine import Body
from inventory.suppliers.iak.simulator.world import (
    FORMATS,
    METER,
    PLAYED,
    PLAYERS,
    SERVERS,
    VOUCHERS,
)

Found = tuple[str, dict[str, object]]
Inquiry = Callable[[str, Body], Found]

_SUCCESS, _NO_SUCH_PLAYER, _NO_SUCH_GAME, _NOT_NEEDED = "00", "14", "20", "143"


def find_player(game_code: str, body: Body) -> Found:
    """`/api/inquiry-game`: the player's name."""
    if game_code not in PLAYED:
        return _NO_SUCH_GAME, {}
    name = PLAYERS.get((game_code, str(body.get("customer_id", ""))))
    return (_SUCCESS, {"username": name}) if name else (_NO_SUCH_PLAYER, {})


def list_servers(game_code: str, body: Body) -> Found:
    """`/api/inquiry-game-server`: the servers to choose from, none to type one."""
    servers = SERVERS.get(game_code)
    if servers is None:
        return _NO_SUCH_GAME, {}
    listed = [{"name": name, "value": value} for name, value in servers]
    return _SUCCESS, {"servers": listed}


def show_format(game_code: str, body: Body) -> Found:
    """`/api/game/format`: how a player's account is written."""
    if game_code in VOUCHERS:
        return _NOT_NEEDED, {}
    written = FORMATS.get(game_code)
    return (_SUCCESS, {"formatGameId": written}) if written else (_NO_SUCH_GAME, {})


def find_meter(number: str) -> Found:
    """`/api/inquiry-pln`: whose prepaid meter it is."""
    if number != METER:
        return _NO_SUCH_PLAYER, {}
    found: dict[str, object] = {
        "customer_id": number,
        "meter_no": "548933889287",
        "subscriber_id": number,
        "name": "Sintya Oktaviani",
        "segment_power": "R1 /000001300",
    }
    return _SUCCESS, found

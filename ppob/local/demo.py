"""The demo stores: who owns them and where they are in the local Discord.

Everything here is public and worthless anywhere else; the simulators know the same
ids. What the stores enter at a provider stands in its folder, as `SPEC.demo_keys`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoStore:
    """One demo store and its Discord server."""

    slug: str
    name: str
    owner_id: int
    owner_name: str
    guild_id: int
    staff_role_id: int
    products_channel_id: int
    log_channel_id: int


TOKO_RIZKY = DemoStore(
    slug="toko-rizky",
    name="Toko Rizky",
    owner_id=1190000000000000101,
    owner_name="Rizky",
    guild_id=1190000000000001000,
    staff_role_id=1190000000000001001,
    products_channel_id=1190000000000001012,
    log_channel_id=1190000000000001013,
)
TOKO_DEWI = DemoStore(
    slug="toko-dewi",
    name="Toko Dewi",
    owner_id=1190000000000000105,
    owner_name="Dewi",
    guild_id=1190000000000002000,
    staff_role_id=1190000000000002001,
    products_channel_id=1190000000000002012,
    log_channel_id=1190000000000002013,
)
STORES = (TOKO_RIZKY, TOKO_DEWI)

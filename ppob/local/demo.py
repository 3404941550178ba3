"""The demo stores: who owns them and where they are in the local Discord.

Everything here is public and worthless anywhere else; the simulators know the same ids
and keys.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class DemoStore:
    """One demo store, its Discord server and its account at the simulated gateway."""

    slug: str
    name: str
    owner_id: int
    owner_name: str
    guild_id: int
    staff_role_id: int
    products_channel_id: int
    log_channel_id: int
    merchant_code: str
    api_key: str = field(repr=False)
    private_key: str = field(repr=False)


TOKO_RIZKY = DemoStore(
    slug="toko-rizky",
    name="Toko Rizky",
    owner_id=1190000000000000101,
    owner_name="Rizky",
    guild_id=1190000000000001000,
    staff_role_id=1190000000000001001,
    products_channel_id=1190000000000001012,
    log_channel_id=1190000000000001013,
    merchant_code="T10001",
    api_key="DEV-rizky9Vq2LxT7bWc4NpZ8sKdR1mHfY6uJ3aEgQ",
    private_key="rizky-4TgH7-yUj8K-lOp9Q-wEr2Z",
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
    merchant_code="T10002",
    api_key="DEV-dewiK5tR8wQ1zXc6VbN3mLp0OjH9gFdS2aYuE",
    private_key="dewi-9MnB6-vCx3Z-aSd5F-gHj1K",
)
STORES = (TOKO_RIZKY, TOKO_DEWI)

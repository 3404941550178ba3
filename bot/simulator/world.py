"""Who and what exists in the local Discord, for tests and the demo to use.

Ids are snowflakes. Everything here is public on purpose: the "secrets" open nothing but
a simulator that listens on this machine.
"""

from dataclasses import dataclass

from ppob.local import credentials


@dataclass(frozen=True)
class Person:
    """Somebody one can be in the local Discord."""

    id: int
    username: str
    display_name: str
    locale: str
    colour: str
    about: str


BOT_ID = credentials.APPLICATION_ID
BOT_NAME = "TokoBot"
BOT_TOKEN = credentials.BOT_TOKEN
CLIENT_ID = str(BOT_ID)
CLIENT_SECRET = credentials.CLIENT_SECRET

RIZKY = Person(
    1190000000000000101, "rizky", "Rizky", "id", "#5865f2", "Penjual, Toko Rizky"
)
AYU = Person(1190000000000000102, "ayu", "Ayu", "id", "#eb459e", "Pembeli")
BIMA = Person(
    1190000000000000103, "bima", "Bima", "en-US", "#3ba55c", "Pembeli (English)"
)
CITRA = Person(1190000000000000104, "citra", "Citra", "id", "#faa61a", "Orang lewat")
DEWI = Person(
    1190000000000000105, "dewi", "Dewi", "id", "#9b59b6", "Penjual, Toko Dewi"
)
EKO = Person(1190000000000000106, "eko", "Eko", "id", "#1abc9c", "Pembeli, Toko Dewi")
PEOPLE = (RIZKY, AYU, BIMA, CITRA, DEWI, EKO)

RIZKY_GUILD_ID = 1190000000000001000
RIZKY_STAFF_ROLE_ID = 1190000000000001001
RIZKY_BOT_ROLE_ID = 1190000000000001002
RIZKY_GENERAL_ID = 1190000000000001011
RIZKY_PRODUCTS_ID = 1190000000000001012
RIZKY_LOG_ID = 1190000000000001013

DEWI_GUILD_ID = 1190000000000002000
DEWI_STAFF_ROLE_ID = 1190000000000002001
DEWI_BOT_ROLE_ID = 1190000000000002002
DEWI_GENERAL_ID = 1190000000000002011
DEWI_PRODUCTS_ID = 1190000000000002012
DEWI_LOG_ID = 1190000000000002013

NEW_GUILD_ID = 1190000000000003000
NEW_GENERAL_ID = 1190000000000003011


def find_person(user_id: int) -> Person | None:
    """The person with this id, or None for the bot and for strangers to this world."""
    return next((person for person in PEOPLE if person.id == user_id), None)

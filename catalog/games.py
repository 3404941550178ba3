"""The games and top-ups that a store starts with. Costs are whole rupiah."""

from dataclasses import dataclass

USER_ID = {"name": "user_id", "label": "User ID", "pattern": "[0-9]{6,12}"}


@dataclass(frozen=True)
class Game:
    """One game with its denominations: `(sku, name, cost)`."""

    code: str
    name: str
    emoji: str
    destination_fields: tuple[dict[str, str], ...]
    topups: tuple[tuple[str, str, int], ...]


GAMES = (
    Game(
        "ML",
        "Mobile Legends",
        "⚔️",
        (
            USER_ID,
            {"name": "zone_id", "label": "Zone ID", "pattern": "[0-9]{4,5}"},
        ),
        (
            ("ML-86", "86 Diamonds", 18_000),
            ("ML-172", "172 Diamonds", 36_000),
            ("ML-706", "706 Diamonds", 156_600),
        ),
    ),
    Game(
        "FF",
        "Free Fire",
        "🔥",
        ({"name": "user_id", "label": "Player ID", "pattern": "[0-9]{8,12}"},),
        (
            ("FF-70", "70 Diamonds", 9_000),
            ("FF-140", "140 Diamonds", 18_000),
            ("FF-355", "355 Diamonds", 40_500),
        ),
    ),
    Game(
        "PUBG",
        "PUBG Mobile",
        "🎯",
        ({"name": "user_id", "label": "Character ID", "pattern": "[0-9]{8,12}"},),
        (
            ("PUBG-60", "60 UC", 13_500),
            ("PUBG-325", "325 UC", 63_000),
            ("PUBG-660", "660 UC", 135_000),
        ),
    ),
    Game(
        "GENSHIN",
        "Genshin Impact",
        "✨",
        (
            {"name": "user_id", "label": "UID", "pattern": "[0-9]{9,10}"},
            {
                "name": "server",
                "label": "Server",
                "pattern": "os_(asia|usa|euro|cht)",
            },
        ),
        (
            ("GENSHIN-60", "60 Genesis Crystals", 14_400),
            ("GENSHIN-330", "330 Genesis Crystals", 67_500),
            ("GENSHIN-WELKIN", "Blessing of the Welkin Moon", 67_500),
        ),
    ),
    Game(
        "VALORANT",
        "Valorant",
        "🔫",
        (
            {
                "name": "riot_id",
                "label": "Riot ID",
                "pattern": "[^#]{3,16}#[A-Za-z0-9]{3,5}",
            },
        ),
        (
            ("VALORANT-475", "475 VP", 45_000),
            ("VALORANT-1000", "1000 VP", 90_000),
            ("VALORANT-2050", "2050 VP", 180_000),
        ),
    ),
)

"""What the API's description shows."""

from drf_spectacular.utils import OpenApiExample

_GAME = {
    "code": "ML",
    "name": "Mobile Legends",
    "emoji": "⚔️",
    "destination_fields": [
        {
            "name": "user_id",
            "label": "User ID",
            "kind": "number",
            "pattern": "[0-9]{5,12}",
            "choices": [],
            "example": "136216325",
        },
        {
            "name": "zone_id",
            "label": "Zone ID",
            "kind": "number",
            "pattern": "[0-9]{3,6}",
            "choices": [],
            "example": "2685",
        },
    ],
    "requirements": "User ID 5 to 12 digits, Zone ID 3 to 6 digits",
    "items": 3,
}

GAMES = [
    OpenApiExample("A game", value=_GAME, response_only=True, status_codes=["200"])
]

"""What the API's description shows."""

from drf_spectacular.utils import OpenApiExample

_PRODUCT = {
    "id": "0190b6a4-5d1c-7c3e-9c57-2f6f0f6b1a01",
    "sku": "ML-86",
    "name": "Mobile Legends 86 Diamonds",
    "kind": "topup",
    "category": "ML",
    "description": "",
    "price": 20_000,
    "cost": None,
    "minimum_stock": 0,
    "is_active": True,
    "is_visible": True,
    "image_url": None,
    "updated_at": "2026-03-14T12:00:00+07:00",
    "stock": None,
    "is_available": False,
    "obstacle": "closed",
    "until": "2026-03-15T00:30:00+07:00",
}
_PRICES = {
    "category": {"code": "ML", "name": "Mobile Legends", "emoji": "⚔️"},
    "prices": [
        {
            "id": "0190b6a4-5d1c-7c3e-9c57-2f6f0f6b1a01",
            "sku": "ML-86",
            "name": "Mobile Legends 86 Diamonds",
            "price": 20_000,
            "is_available": True,
        }
    ],
}
_ACCOUNT = {
    "game": "ML",
    "account": "136216325 (2685)",
    "parts": {"user_id": "136216325", "zone_id": "2685"},
}
_BAD_ACCOUNT = {
    "title": "Zone ID is missing. Needed: User ID 5 to 12 digits, Zone ID 3 to 6 "
    "digits.",
    "status": 400,
    "code": "BAD_DESTINATION",
    "field": "server",
}

PRODUCTS = [
    OpenApiExample(
        "A top-up whose supplier is closed",
        value=_PRODUCT,
        response_only=True,
        status_codes=["200"],
    )
]
PRICES = [
    OpenApiExample(
        "A price list", value=_PRICES, response_only=True, status_codes=["200"]
    )
]
ACCOUNTS = [
    OpenApiExample(
        "Two inputs",
        value={"game": "ML", "user_id": "136216325", "server": "2685"},
        request_only=True,
    ),
    OpenApiExample(
        "One input",
        value={"game": "ML", "user_id": "136216325 (2685)"},
        request_only=True,
    ),
    OpenApiExample(
        "Verified",
        value=_ACCOUNT | {"status": "verified", "nickname": "Itacimo"},
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "Nobody can say now",
        value=_ACCOUNT | {"status": "unchecked", "nickname": None},
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "Not found",
        value=_ACCOUNT | {"status": "not_found", "nickname": None},
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "BAD_DESTINATION",
        value=_BAD_ACCOUNT,
        response_only=True,
        status_codes=["400"],
    ),
]

"""What VIP Reseller's refusals mean. They are texts without codes.

Documented are the one about the balance and the one about the IP address. The others
are used by the panels that offer the same API; they are believed because each says by
itself that no order was taken. Every other text, and every one with something beside
it, means nothing certain: an order may exist.

A text has to begin like the pattern: it may mention a balance further on and still be
about an order.
"""

import re

from inventory.suppliers.worded import BALANCE, Patterns

# Turned away before the request was looked at, whatever it asked for.
AT_THE_DOOR: Patterns = (
    (r"(your |alamat )?ip\b.*(not permitted|not allowed|tidak diizinkan)", "IP"),
    (r"api[ _]?(key|id)\b", "KEY"),
    (r"(api[ _]?)?sign(ature)?\b", "SIGN"),
)
# No order was made: `balance` is the owner's business, the others are the service's.
NOT_ORDERED: Patterns = (
    (r"saldo anda (tidak cukup|rendah)", BALANCE),
    (r"saldo akun minimum", BALANCE),
    (r"(layanan|server) tidak (ditemukan|tersedia)", "service"),
    (r"masih ada parameter yang kosong", "parameter"),
)
# No order was made, and the same request is welcome in a moment.
COME_LATER: Patterns = (
    (r"transaksi (dibatasi|terbatas), .*coba lagi", "busy"),
    (r"ada pemeliharaan sistem", "maintenance"),
)
NO_SERVICES: Patterns = ((r"layanan tidak ditemukan", "none"),)
# A game or a service that is not there says nothing about the player.
_PLAYER = r"(?!.*\b(layanan|server|game|code|kode)\b)(?:.*\b)?"
NO_PLAYER: Patterns = (
    (_PLAYER + r"(player|user|akun|nickname|id|data)\b.*tidak (di)?temukan", "none"),
    (_PLAYER + r"(player|user|account|nickname|id)\b.* not found", "none"),
    (_PLAYER + r"(player|user|zone|id|tujuan)\b.*\b(salah|invalid)", "wrong"),
)


def find(message: str, patterns: Patterns) -> str:
    """Our word for what the message says, empty if it says none of these."""
    said = " ".join(message.split())
    return next(
        (word for written, word in patterns if re.match(written, said, re.IGNORECASE)),
        "",
    )

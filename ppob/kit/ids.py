"""Identifiers: sortable UUIDs for machines, short codes for people."""

import secrets
from uuid import UUID

import uuid_utils

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: a buyer reads the code to a seller over voice chat.
ALPHABET = "3467ACDEFGHJKMNPQRTUVWXY"


def new_id() -> UUID:
    """A fresh, time-ordered UUID (version 7)."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def new_code() -> str:
    """A short code such as `K7F-3QX`; 191 million possibilities.

    Unique only together with the table's constraint: the caller tries another on
    conflict.
    """
    letters = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"{letters[:3]}-{letters[3:]}"

"""Encryption at rest: AES-256-GCM with named keys, bound to the place it is stored.

A sealed value reads `key id || 0x00 || nonce || ciphertext`. The context (tenant,
table, column, row) is authenticated along with it, so a value copied to another row or
tenant does not open. The first key of `MASTER_KEYS` seals, every listed key opens: add
a new key in front, re-seal in the background (`manage.py rotate_keys`), then drop the
older ones. Only the very last key has to stay: it makes the fingerprints.
"""

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed with a key we don't have, or for another place."""


@lru_cache(maxsize=4)
def _keys(listed: str) -> dict[str, bytes]:
    keys = {}
    for entry in listed.split(","):
        name, _, encoded = entry.strip().partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded)
        except binascii.Error:
            key = b""
        if not name or len(key) != 32:
            raise ImproperlyConfigured("PPOB_MASTER_KEYS: id:base64 of 32 bytes, …")
        keys[name] = key
    return keys


def key_ids() -> list[str]:
    """The ids of all keys: the first seals, the last makes fingerprints."""
    return list(_keys(settings.MASTER_KEYS))


def active_key_id() -> str:
    """The id of the key that seals."""
    return key_ids()[0]


def seal(text: str, *, context: str) -> bytes:
    """Encrypt `text` for the place that `context` names."""
    name = active_key_id()
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_keys(settings.MASTER_KEYS)[name])
    sealed = cipher.encrypt(nonce, text.encode(), context.encode())
    return name.encode() + b"\0" + nonce + sealed


def open_sealed(value: bytes, *, context: str) -> str:
    """The text that was sealed for exactly this context; raises CannotOpen."""
    name, _, rest = bytes(value).partition(b"\0")
    key = _keys(settings.MASTER_KEYS).get(name.decode("ascii", "replace"))
    if key is None:
        raise CannotOpen("The key of this value is not configured.")
    try:
        text = AESGCM(key).decrypt(
            rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("This value was sealed for another place.") from error
    return text.decode()


def key_id_of(value: bytes) -> str:
    """The id of the key that sealed this value."""
    return bytes(value).partition(b"\0")[0].decode("ascii", "replace")


def fingerprint(text: str, *, purpose: str) -> str:
    """A keyed hash that finds duplicates without revealing the text (64 hex digits).

    It uses the *last* key of the list, the one that must stay for as long as old
    fingerprints are compared with new ones.
    """
    keys = list(_keys(settings.MASTER_KEYS).values())
    key = HKDFExpand(
        algorithm=hashes.SHA256(), length=32, info=f"fingerprint:{purpose}".encode()
    ).derive(keys[-1])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

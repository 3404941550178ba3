"""A passkey in software: makes and uses ES256 credentials as browsers hand them on."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class PasskeyDevice:
    """One device; `origin` is the page it believes to be on."""

    def __init__(
        self, *, origin: str = "http://localhost:8000", counts: bool = True
    ) -> None:
        self.origin = origin
        self.counts = counts
        self.count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        asked = options["publicKey"]
        key = cbor.encode(dict(ES256.from_cryptography_key(self._key.public_key())))
        credential = b"\0" * 16 + len(self._id).to_bytes(2, "big") + self._id + key
        data = self._data(asked["rp"]["id"], HAS_KEY) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", asked["challenge"]),
            attestationObject=attestation,
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        asked = options["publicKey"]
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], 0)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self._key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        self.count += self.counts
        return (
            hashlib.sha256(rp_id.encode()).digest()
            + bytes([flags | PRESENT | VERIFIED])
            + self.count.to_bytes(4, "big")
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin}
        ).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self._id)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

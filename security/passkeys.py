"""Passkeys (WebAuthn), as a second proof; the protocol is python-fido2's."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from security.models import User

# What parsing and checking a stranger's JSON and CBOR raises.
_ODD = (ValueError, TypeError, KeyError, AttributeError, IndexError)


class BadAnswer(Exception):
    """The browser's answer is not an answer to our question."""


def begin_registration(
    user: User, known: Iterable[Authenticator]
) -> tuple[dict[str, Any], Any]:
    """What the browser is asked when a passkey is added, and what we keep of it."""
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(
            id=str(user.pk).encode(),
            name=user.username,
            display_name=str(user),
        ),
        credentials=[_data_of(row) for row in known],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options), state


def complete_registration(state: Any, answer: Any) -> AuthenticatorData:
    """The new passkey's data; raises BadAnswer."""
    try:
        return _server().register_complete(state, answer)
    except _ODD as error:
        raise BadAnswer from error


def begin_use(known: Iterable[Authenticator]) -> tuple[dict[str, Any], Any]:
    """What the browser is asked when a passkey is used, and what we keep of it."""
    options, state = _server().authenticate_begin(
        credentials=[_data_of(row) for row in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options), state


def find_answered(
    rows: list[Authenticator], state: Any, answer: Any
) -> Authenticator | None:
    """Which of these passkeys signed the answer, or None."""
    by_id = {bytes(_data_of(row).credential_id): row for row in rows}
    if not state or not by_id:
        return None
    try:
        credentials = [_data_of(row) for row in rows]
        used = _server().authenticate_complete(state, credentials, answer)
        counter = counter_of(answer)
    except _ODD:
        return None
    row = by_id[bytes(used.credential_id)]
    kept = row.data.get("sign_count", 0)
    # Passkeys that live in a cloud do not count; those that do only count up.
    if (counter or kept) and counter <= kept:
        return None
    return row


def counter_of(answer: Any) -> int:
    """How often the passkey says it was used."""
    data = AuthenticationResponse.from_dict(answer).response.authenticator_data
    return int(data.counter)


def _data_of(row: Authenticator) -> AttestedCredentialData:
    answer = RegistrationResponse.from_dict(row.data["credential"])
    data = answer.response.attestation_object.auth_data.credential_data
    if data is None:
        raise ValueError("No passkey in this registration.")
    return data


def _server() -> Fido2Server:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="TokoBot"))

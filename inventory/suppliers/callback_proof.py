"""Proof that a callback comes from the supplier, whatever its bytes are.

Everything here raises BadCallback for one that is not proven.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from inventory.suppliers import wire
from inventory.suppliers.base import BadCallback, LookUp

MOST_BYTES = 65_536


def require_short(body: bytes) -> None:
    """Refuse what is too long, before a stranger has us compute over it."""
    if len(body) > MOST_BYTES:
        raise BadCallback("The callback is too long.", "TOO_LONG")


def header(headers: Mapping[str, str], name: str) -> str:
    """The header of this name (in lower case), empty where there is none."""
    return {sent.lower(): value for sent, value in headers.items()}.get(name, "")


def require_match(expected: str, signature: str) -> None:
    """Refuse a signature that is not the expected one; an empty one is never expected.

    Compared in constant time and to the end.
    """
    # A header may hold halves of characters; they never match.
    told = signature.encode("utf-8", "replace")
    if not expected or not hmac.compare_digest(expected.encode(), told):
        raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")


def require_reference(
    ref_id: str, signature: str, *, sign: Callable[[str], str]
) -> LookUp:
    """What to ask about, once the signature covers a reference, which must be there."""
    require_match(sign(ref_id) if ref_id else "", signature)
    return LookUp(reference=ref_id)


def read_report(body: bytes, signature: str, *, sign: Callable[[str], str]) -> LookUp:
    """What to ask about, for a report whose header covers its `ref_id` alone.

    That stands inside the body, so what cannot be read is not proven either.
    """
    require_short(body)
    with reading(BadCallback):
        ref_id = wire.text(wire.read_object(body), "ref_id")
    return require_reference(ref_id, signature, sign=sign)


@contextmanager
def reading(refusal: type[BadCallback]) -> Iterator[None]:
    """Refuse like this what cannot be read: OddCallback for what is proven already."""
    try:
        yield
    except wire.Malformed as error:
        raise refusal(str(error), "MALFORMED") from error

"""The address of a buyer's own page about one order, to be given to them anywhere.

The address is signed, so it opens the right store without looking through others, and
nobody can make one up. It is no key: whoever opens it has to sign in as the buyer.
"""

import hmac
import re
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from payments.models import Order
from ppob.kit.errors import NotFound
from security.crypto import fingerprint

_THIS_MACHINE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})-([0-9a-f]{32})")


def address_of(order: Order) -> str:
    """The whole address of the page about this order; it never changes."""
    named = f"{order.tenant_id}-{order.public_id.hex}"
    path = reverse("purchase", args=[f"{named}-{_signature(named)}"])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def find_address(order: Order) -> str:
    """The same for a message to the buyer; "" where they could not open it.

    A site that only this machine reaches is of no use to them, and a message about
    their goods must not fail because Discord does not like its address.
    """
    host = urlsplit(settings.SITE_URL).hostname or ""
    is_theirs = settings.IS_SIMULATED or host not in _THIS_MACHINE
    return address_of(order) if is_theirs else ""


def read_token(token: str) -> tuple[int, UUID]:
    """The store's id and the order's public id; NotFound for what we did not sign."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise NotFound
    tenant_id, public_id, signature = found.groups()
    if not hmac.compare_digest(signature, _signature(f"{tenant_id}-{public_id}")):
        raise NotFound
    return int(tenant_id), UUID(hex=public_id)


def _signature(named: str) -> str:
    # With the key that stays when keys are rotated, and that the bot has, too: it makes
    # addresses, the web reads them.
    return fingerprint(named, purpose="purchase link")[:32]

"""The address of a buyer's own page about one order, to be given to them anywhere.

The address is signed, so it opens the right store without looking through others, and
nobody can make one up. It is no key: whoever opens it has to sign in as the buyer.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from payments.models import Order
from ppob.kit.errors import NotFound

_SIGNER = signing.Signer(salt="payments.purchase")


def address_of(order: Order) -> str:
    """The whole address of the page about this order."""
    token = _SIGNER.sign_object([order.tenant_id, order.public_id.hex])
    path = reverse("purchase", args=[token])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def read_token(token: str) -> tuple[int, UUID]:
    """The store's id and the order's public id; NotFound for what we did not sign."""
    try:
        tenant_id, public_id = _SIGNER.unsign_object(token)
    except signing.BadSignature:
        raise NotFound from None
    return int(tenant_id), UUID(hex=public_id)

"""Play money: a gateway for machines on which nothing is real, ready with one press.

It has no keys and no address of its own, so there is no mode in which it could take
real money. Its payers press a button on a page of its simulator.
"""

import hashlib
import hmac

from django.utils.translation import gettext_lazy as _

from payments.gateways.base import Channel, GatewaySpec
from payments.states import MethodKind
from ppob.kit.providers import CallbackSpec

SIGNATURE = "x-playmoney-signature"
# Known to everybody: whoever can sign with it can make play money, and nothing else.
_SIGNING_KEY = b"play money buys nothing"

SPEC = GatewaySpec(
    code="playmoney",
    label=_("Play money"),
    keys=(),
    addresses={},
    callbacks=CallbackSpec(headers=(SIGNATURE,)),
    channels=(Channel("page", _("Play money"), MethodKind.EWALLET, can_cancel=True),),
    guide=_("Try everything without an account: a page asks, and one press pays."),
)


def sign(body: bytes) -> str:
    """The signature of a callback's raw bytes."""
    return hmac.new(_SIGNING_KEY, body, hashlib.sha256).hexdigest()

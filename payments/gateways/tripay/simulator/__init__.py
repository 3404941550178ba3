"""Tripay, from Tripay's side: for machines on which no real money moves."""

import hashlib
import hmac
import json
from typing import Any, ClassVar

from aiohttp import web

from payments.gateways.tripay import SPEC
from payments.gateways.tripay.simulator import api
from payments.gateways.tripay.simulator.fees import fee_of
from payments.gateways.tripay.simulator.world import find_merchant
from payments.simulator.records import State, Transaction
from payments.simulator.voice import Callback, Voice


class TripayVoice(Voice):
    """Tripay's API and its signed callbacks."""

    code: ClassVar[str] = SPEC.code

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        return api.routes()

    def callback(
        self,
        transaction: Transaction,
        *,
        claimed: State | None = None,
        is_forged: bool = False,
    ) -> Callback:
        """What Tripay reports, signed with the merchant's private key."""
        body = _body(transaction, claimed=claimed)
        merchant = find_merchant(transaction.merchant_code)
        key = merchant.private_key if merchant and not is_forged else "not-the-key"
        signature = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Callback-Event": "payment_status",
            "X-Callback-Signature": signature,
        }
        return Callback(body, headers)

    def is_yes(self, answer: Any) -> bool:
        """Tripay stops repeating when it reads `{"success": true}`."""
        return isinstance(answer, dict) and answer.get("success") is True


VOICE = TripayVoice()


def _body(transaction: Transaction, *, claimed: State | None) -> str:
    """The JSON of a callback, with the slashes escaped as PHP does it."""
    fee = fee_of(transaction)
    content = {
        "reference": transaction.reference,
        "merchant_ref": transaction.order.merchant_ref,
        "payment_method": "QRIS",
        "payment_method_code": "QRIS",
        "total_amount": transaction.amount,
        "fee_merchant": fee,
        "fee_customer": 0,
        "total_fee": fee,
        "amount_received": transaction.amount - fee,
        "is_closed_payment": 1,
        "status": claimed or transaction.state,
        "paid_at": transaction.paid_at,
        "note": None,
    }
    return json.dumps(content).replace("/", "\\/")

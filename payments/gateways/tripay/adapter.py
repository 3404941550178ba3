"""Tripay, closed payments over QRIS: https://tripay.co.id/developer

Production, sandbox and the local simulator differ by base URL and keys only. Tripay
does not promise that a repeated `merchant_ref` is refused, so two charges may exist for
one reference: after an unknown outcome the caller asks `find_charge` first.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from payments.gateways import wire
from payments.gateways.base import (
    CURRENCY,
    BadCallback,
    Charge,
    ChargeRequest,
    FactState,
    Gateway,
    GatewaySpec,
    Mode,
    OddCallback,
    OutcomeUnknown,
    PaymentFact,
    ProviderConfig,
    ProviderRefused,
    ProviderUnreachable,
    WrongCredentials,
)
from payments.gateways.instructions import Qris
from payments.gateways.tripay import SPEC
from ppob.kit.foreign import clean_text
from ppob.kit.http import Response
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.provider_calls import HttpClients, send
from ppob.kit.urls import is_at, is_web_address

log = logging.getLogger(__name__)

HOST = "tripay.co.id"
TEST_KEY_PREFIX = "DEV-"
_METHODS = {"qris": "QRIS"}  # ours, theirs
EVENT = "payment_status"
MAX_CALLBACK_BYTES = 65_536
MAX_REFERENCE = 60  # characters, Tripay's have 20; with state and amount a key of ours
MAX_QR = 2_000
MAX_URL = 500

_client = HttpClients(name="tripay")

_STATES = {
    "UNPAID": FactState.PENDING,
    "PAID": FactState.SETTLED,
    "EXPIRED": FactState.EXPIRED,
    "FAILED": FactState.FAILED,
    "REFUND": FactState.REVERSED,
}


class TripayGateway(Gateway):
    """One merchant at Tripay. Raises WrongCredentials when keys and address disagree.

    A test key never goes to Tripay's production address, a live key nowhere else.
    """

    spec: ClassVar[GatewaySpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        _check(config)
        super().__init__(config)

    def create_charge(self, request: ChargeRequest) -> Charge:
        """A QRIS code for `request.amount` rupiah. See Gateway.create_charge."""
        data = self._data("POST", "/transaction/create", json=self._order(request))
        try:
            if wire.text(data, "merchant_ref") != request.reference:
                raise wire.Malformed("The answer is about another reference.")
            return self._shown(_charge(data))
        except wire.Malformed as error:
            # There may be a charge all the same: an answer nobody can read is no
            # refusal.
            raise OutcomeUnknown(str(error)) from error

    def find_charge(self, reference: str) -> Charge | None:
        """The paid or else the newest charge for our reference, or None."""
        item = self._find(reference)
        if item is None:
            return None
        # Only the detail carries the QRIS text.
        try:
            found = wire.text(item, "reference")
            data = self._detail(found)
            answered = (wire.text(data, "reference"), wire.text(data, "merchant_ref"))
            if answered != (found, reference):
                raise wire.Malformed("The answer is about another payment.")
            return self._shown(_charge(data))
        except wire.Malformed as error:
            raise OutcomeUnknown(str(error)) from error

    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """The present state of a payment. See Gateway.look_up."""
        if gateway_reference:
            item: Mapping[str, Any] | None = self._detail(gateway_reference)
        else:
            item = self._find(reference)
        if item is None:
            raise ProviderRefused("Tripay knows no such payment.", "NOT_FOUND")
        try:
            fact = _fact(item, wire.amount(item, "amount"))
        except wire.Malformed as error:
            raise OutcomeUnknown(str(error)) from error
        asked = (reference, gateway_reference or fact.gateway_reference)
        if (fact.reference, fact.gateway_reference) != asked:
            raise ProviderRefused("This payment has another reference.", "MISMATCH")
        return fact

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> PaymentFact:
        """The fact in a signed callback; raises BadCallback."""
        # Before the signature, which strangers could have us compute over any length.
        if len(body) > MAX_CALLBACK_BYTES:
            raise BadCallback("The callback is too long.", "TOO_LONG")
        sent = {name.lower(): value for name, value in headers.items()}
        # Nothing of an unproven body is parsed.
        if not self._is_signed(body, sent.get("x-callback-signature", "")):
            raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")
        # A header is not signed: it can have a callback put aside, never make one
        # count.
        if sent.get("x-callback-event") != EVENT:
            raise OddCallback("This kind of event is not used.", "UNKNOWN_EVENT")
        try:
            data = wire.read_object(body)
            # What the payer paid, with fees; amount_received is what the store gets.
            return _fact(data, wire.amount(data, "total_amount"))
        except wire.Malformed as error:
            raise OddCallback(str(error), "MALFORMED") from error

    def _is_signed(self, body: bytes, signature: str) -> bool:
        # The raw bytes: PHP writes "\/" for "/", so JSON written again never matches.
        expected = _hmac(self._config.key("private_key"), body)
        # A header may hold halves of characters; they never match.
        return hmac.compare_digest(
            expected.encode(), signature.encode("utf-8", "replace")
        )

    def _order(self, request: ChargeRequest) -> dict[str, object]:
        config = self._config
        signed = f"{config.key('merchant_code')}{request.reference}{request.amount}"
        return {
            "method": _METHODS[request.channel],
            "merchant_ref": request.reference,
            "amount": request.amount,
            "customer_name": request.customer_name,
            "customer_email": request.customer_email,
            # One item of the whole amount: an order whose items add up to another sum
            # is refused.
            "order_items": [
                {"name": request.description, "price": request.amount, "quantity": 1}
            ],
            "callback_url": request.callback_url,
            "return_url": request.return_url,
            "expired_time": int(request.expires_at.timestamp()),
            "signature": _hmac(config.key("private_key"), signed.encode()),
        }

    def _shown(self, charge: Charge) -> Charge:
        """The charge, with its page only if buyers may be sent there."""
        # A page of somebody else could ask for anything in the gateway's name.
        is_ours = (
            is_at(charge.page_url, HOST, subdomains=True)
            if self._config.mode is Mode.LIVE
            else is_web_address(charge.page_url)
        )
        if is_ours or not charge.page_url:
            return charge
        log.error("%s has a page of somebody else.", charge.gateway_reference)
        return replace(charge, page_url="")

    def _detail(self, gateway_reference: str) -> dict[str, Any]:
        params = {"reference": gateway_reference}
        data: dict[str, Any] = self._data("GET", "/transaction/detail", params=params)
        return data

    def _find(self, reference: str) -> dict[str, Any] | None:
        params = {"merchant_ref": reference, "sort": "desc", "per_page": "50"}
        listed = self._data("GET", "/merchant/transactions", kind=list, params=params)
        # Compared again: a search that ignores its filter lists other buyers' payments.
        ours = [
            item
            for item in listed
            if isinstance(item, dict) and item.get("merchant_ref") == reference
        ]
        # Of two charges for one reference the paid one counts.
        paid = [item for item in ours if item.get("status") == "PAID"]
        return next(iter(paid or ours), None)

    def _data(
        self, method: str, path: str, *, kind: type = dict, **content: Any
    ) -> Any:
        bearer = {"Authorization": f"Bearer {self._config.key('api_key')}"}
        client = _client(self._config.base_url)
        answer = send(client, method, path, headers=bearer, **content)
        data = _read_answer(answer).get("data")
        if not isinstance(data, kind):
            raise OutcomeUnknown("The answer lacks its data.")
        return data


def _read_answer(answer: Response) -> dict[str, Any]:
    # Turned away unread: asking later is safe.
    if answer.status == 429:
        raise ProviderUnreachable("Too many requests.")
    # It may have failed after the charge was made.
    if answer.status >= 500:
        raise OutcomeUnknown(f"Status {answer.status}.")
    try:
        content = wire.read_object(answer.body)
    except wire.Malformed as error:
        raise OutcomeUnknown(f"Status {answer.status} without JSON.") from error
    if content.get("success") is True and answer.status < 300:
        return content
    if content.get("success") is False:
        message = clean_text(content.get("message"), most=200)
        raise _refusal(answer.status, message)
    raise OutcomeUnknown(f"Status {answer.status} without a result.")


def _refusal(status: int, message: str) -> ProviderRefused:
    if status == 404 or "not found" in message.lower():
        return ProviderRefused(message, "NOT_FOUND")
    return ProviderRefused(message, f"HTTP_{status}")


def _charge(data: Mapping[str, Any]) -> Charge:
    qr_text = wire.optional_text(data, "qr_string", most=MAX_QR)
    return Charge(
        gateway_reference=wire.text(data, "reference", most=MAX_REFERENCE),
        amount=wire.amount(data, "amount"),
        instructions=Qris(qr_text) if qr_text else None,
        page_url=wire.optional_text(data, "checkout_url", most=MAX_URL),
        expires_at=wire.moment(data, "expired_time"),
    )


def _fact(data: Mapping[str, Any], amount: int) -> PaymentFact:
    gateway_reference = wire.text(data, "reference", most=MAX_REFERENCE)
    status = wire.text(data, "status")
    if status not in _STATES:
        raise wire.Malformed("The status is unknown.")
    return PaymentFact(
        reference=wire.optional_text(data, "merchant_ref"),
        gateway_reference=gateway_reference,
        state=_STATES[status],
        amount=amount,
        currency=CURRENCY,
        happened_at=wire.optional_moment(data, "paid_at"),
        # The same from a callback and a look-up: both are one event.
        event_key=f"{gateway_reference}:{status}:{amount}",
        fee=_optional_fee(data),
    )


def _optional_fee(data: Mapping[str, Any]) -> int | None:
    """What Tripay keeps of the payment; None where it does not say it in numbers."""
    fee = data.get("total_fee")
    # No payment is refused for a fee that cannot be read.
    return fee if type(fee) is int and 0 <= fee <= MAX_AMOUNT else None


def _check(config: ProviderConfig) -> None:
    config.require_keys(SPEC)
    address = urlsplit(config.base_url)
    host, path = address.hostname or "", address.path.strip("/")
    if config.mode is Mode.LIVE:
        # The sandbox is another path of the same host.
        fits = is_at(config.base_url, HOST, subdomains=True) and path == "api"
    else:
        # A test key may go to a simulator anywhere; at Tripay, to the sandbox alone.
        is_tripays = host == HOST or host.endswith(f".{HOST}")
        fits = is_web_address(config.base_url) and (
            path == "api-sandbox" or not is_tripays
        )
    if not fits:
        raise WrongCredentials("The address does not fit the mode.", "WRONG_ADDRESS")
    is_test_key = config.key("api_key").startswith(TEST_KEY_PREFIX)
    if is_test_key is (config.mode is Mode.LIVE):
        raise WrongCredentials(
            "The key does not fit the mode.", "WRONG_KEY", key="api_key"
        )


def _hmac(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()

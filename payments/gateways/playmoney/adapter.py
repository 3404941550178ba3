"""Play money's side of us: charges that are paid on a page, over plain JSON."""

import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

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
    WrongCredentials,
)
from payments.gateways.instructions import Link
from payments.gateways.playmoney import SIGNATURE, SPEC, sign
from ppob.kit.foreign import clean_text
from ppob.kit.provider_calls import HttpClients, send

MAX_CALLBACK_BYTES = 65_536

_client = HttpClients(name="playmoney")


class PlayMoney(Gateway):
    """One store's play money. Raises WrongCredentials where money is real."""

    spec: ClassVar[GatewaySpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        if config.mode is not Mode.TEST:
            raise WrongCredentials("Play money is never real.", "NO_MODE")
        super().__init__(config)

    def create_charge(self, request: ChargeRequest) -> Charge:
        """A page on which `request.amount` rupiah of play money are paid."""
        asked = {
            "reference": request.reference,
            "amount": request.amount,
            "description": request.description,
            "expires_at": int(request.expires_at.timestamp()),
            "callback_url": request.callback_url,
            "return_url": request.return_url,
        }
        answer = self._ask("POST", "/charges", json=asked)
        try:
            if wire.text(answer, "reference") != request.reference:
                raise wire.Malformed("The answer is about another reference.")
            return _charge(answer)
        except wire.Malformed as error:
            # There may be a charge all the same, so this is no refusal.
            raise OutcomeUnknown(str(error)) from error

    def find_charge(self, reference: str) -> Charge | None:
        """The newest charge for our reference, or None."""
        found = self._find(reference)
        try:
            return _charge(found) if found else None
        except wire.Malformed as error:
            raise OutcomeUnknown(str(error)) from error

    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """The present state of a payment. See Gateway.look_up."""
        if gateway_reference:
            found: dict[str, Any] | None = self._ask(
                "GET", f"/charges/{gateway_reference}"
            )
        else:
            found = self._find(reference)
        if not found:
            raise ProviderRefused("There is no such charge.", "NOT_FOUND")
        try:
            fact = _fact(found)
        except wire.Malformed as error:
            raise OutcomeUnknown(str(error)) from error
        if fact.reference != reference:
            raise ProviderRefused("This charge has another reference.", "MISMATCH")
        return fact

    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PaymentFact | None:
        """The fact in a signed callback, None for a greeting; raises BadCallback."""
        if len(body) > MAX_CALLBACK_BYTES:
            raise BadCallback("The callback is too long.", "TOO_LONG")
        sent = {name.lower(): value for name, value in headers.items()}
        signature = sent.get(SIGNATURE, "").encode("utf-8", "replace")
        if not hmac.compare_digest(sign(body).encode(), signature):
            raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")
        try:
            content = wire.read_object(body)
            return None if content.get("event") == "hello" else _fact(content)
        except wire.Malformed as error:
            raise OddCallback(str(error), "MALFORMED") from error

    def cancel(self, reference: str, *, gateway_reference: str) -> None:
        """Withdraw a charge; one that was withdrawn or has expired is no trouble."""
        found = gateway_reference or self._id_of(reference)
        if found:
            self._ask("DELETE", f"/charges/{found}")

    def _id_of(self, reference: str) -> str:
        found = self._find(reference)
        return str(found["id"]) if found else ""

    def _find(self, reference: str) -> dict[str, Any] | None:
        answer = self._ask("GET", "/charges", params={"reference": reference})
        listed = answer.get("charges")
        if not isinstance(listed, list):
            # A list nobody can read does not prove that there is no charge.
            raise OutcomeUnknown("The answer lacks its charges.")
        return next((each for each in listed if isinstance(each, dict)), None)

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        answer = send(_client(self._config.base_url), method, path, **content)
        if answer.status >= 500:
            raise OutcomeUnknown(f"Status {answer.status}.")
        try:
            content = wire.read_object(answer.body)
        except wire.Malformed as error:
            raise OutcomeUnknown(f"Status {answer.status} without JSON.") from error
        if answer.status >= 400:
            code = "NOT_FOUND" if answer.status == 404 else f"HTTP_{answer.status}"
            raise ProviderRefused(clean_text(content.get("error"), most=200), code)
        return content


def _charge(data: Mapping[str, Any]) -> Charge:
    url = wire.text(data, "url", most=500)
    return Charge(
        gateway_reference=wire.text(data, "id", most=60),
        amount=wire.amount(data, "amount"),
        instructions=Link(url),
        page_url=url,
        expires_at=wire.moment(data, "expires_at"),
    )


def _fact(data: Mapping[str, Any]) -> PaymentFact:
    charge_id, state = wire.text(data, "id", most=60), wire.text(data, "state")
    amount = wire.amount(data, "amount")
    try:
        known = FactState(state)
    except ValueError:
        raise wire.Malformed("The state is unknown.") from None
    return PaymentFact(
        reference=wire.text(data, "reference"),
        gateway_reference=charge_id,
        state=known,
        amount=amount,
        currency=CURRENCY,
        happened_at=wire.optional_moment(data, "paid_at"),
        event_key=f"{charge_id}:{state}:{amount}",
        fee=0,
    )

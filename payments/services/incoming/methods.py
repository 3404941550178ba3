"""The ways to pay that a store offers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.gateways import registry
from payments.gateways.base import Channel, GatewaySpec, WrongCredentials
from payments.models import PaymentMethod
from payments.selectors import may_offer
from payments.services.incoming import troubles
from payments.services.incoming.gateway_client import (
    MANUAL,
    is_automatic,
    is_balance,
    open_gateway,
    read_keys,
)
from payments.services.incoming.test_money import TestMoneyOnly
from payments.states import MethodKind
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff

BANKS = ("BCA", "Mandiri", "BRI", "BNI", "BSI", "CIMB", "Permata", "Jago", "SeaBank")
WALLETS = ("DANA", "OVO", "GoPay", "ShopeePay", "LinkAja")
TRANSFER_HOLD_SECS = 3600
MIN_HOLD_SECS, MAX_HOLD_SECS = 60, 172_800


@dataclass(frozen=True)
class AccountDraft:
    """An account that buyers transfer to: a bank's, or a wallet's phone number."""

    kind: MethodKind
    provider: str
    account_number: str
    account_name: str
    instructions: str = ""
    hold_secs: int = TRANSFER_HOLD_SECS


@dataclass(frozen=True)
class GatewayDraft:
    """A merchant account at a gateway. Its text form shows no key.

    `keys` are what the gateway's spec asks for, by name; in a change, those that are
    left empty stay what they are. Without a `channel` it is the gateway's first,
    without a `name` or `hold_secs` it is the channel's.
    """

    gateway: str
    keys: Mapping[str, str] = field(repr=False)
    channel: str = ""
    name: str = ""
    is_test: bool = False
    instructions: str = ""
    hold_secs: int | None = None


def add_account(*, actor: Actor, draft: AccountDraft, now: datetime) -> PaymentMethod:
    """Offer payment by transfer with a unique amount, confirmed by the seller."""
    require(actor, Permission.EDIT_PAYMENTS)
    require_open_for_staff()
    details = _read_account(draft)
    return _add(
        actor,
        PaymentMethod(
            kind=draft.kind,
            gateway=MANUAL,
            name=details["provider"],
            details=details,
            instructions=_read_instructions(draft.instructions),
            uses_unique_code=True,
            hold_secs=_read_hold(draft.hold_secs),
            created_at=now,
        ),
        now=now,
    )


def add_gateway(*, actor: Actor, draft: GatewayDraft, now: datetime) -> PaymentMethod:
    """Offer one of a gateway's channels through the seller's own merchant account.

    The keys are sealed at once and never shown again. In test mode it is switched off
    where sales are real. Raises InvalidInput for a gateway or channel that there is
    not, and when keys and mode do not belong together.
    """
    require(actor, Permission.EDIT_PAYMENTS)
    require_open_for_staff()
    spec, channel = _read_channel(draft)
    method = PaymentMethod(
        tenant_id=actor.tenant_id,  # the seal names the store
        kind=channel.kind,
        gateway=spec.code,
        channel=channel.code,
        name=draft.name.strip()[:60] or str(channel.label),
        instructions=_read_instructions(draft.instructions),
        is_test=draft.is_test,
        hold_secs=_read_hold(draft.hold_secs or channel.hold_secs),
        created_at=now,
    )
    entered = {key.name: "" for key in spec.keys} | _entered_keys(draft)
    method.credentials = json.dumps(entered)
    # Before it is kept: no key may lie under a mode that it does not belong to.
    _check_keys(method)
    return _add(actor, method, now=now)


def change_method(
    *,
    actor: Actor,
    method: PaymentMethod,
    draft: AccountDraft | GatewayDraft,
    now: datetime,
    seen: str | None = None,
) -> PaymentMethod:
    """Correct an account or a merchant account; orders that wait see it at once.

    What it is (bank or gateway, test or real money) stays. `seen` is the version of
    what was read. Raises NotAllowed, InvalidInput, ChangedMeanwhile, or NotFound for
    the balance.
    """
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("payments.change_method"):
        require_open_for_staff()
        locked = locks.lock_method(method.pk)
        if is_balance(locked):
            raise NotFound
        before = _facts(locked)
        has_new_keys = isinstance(draft, GatewayDraft) and bool(_entered_keys(draft))
        facts = facts_of(locked)
        # Keys are compared as they are sealed, and a new master key seals them anew: so
        # they count only where somebody entered others.
        require_unchanged(
            seen, facts if has_new_keys else {name: facts[name] for name in before}
        )
        if isinstance(draft, AccountDraft) and not is_automatic(locked):
            locked.details = _read_account(draft)
        elif isinstance(draft, GatewayDraft) and is_automatic(locked):
            _change_keys(locked, draft)
        else:
            raise InvalidInput(_("Choose one from the list."))
        locked.instructions = _read_instructions(draft.instructions)
        locked.hold_secs = _read_hold(draft.hold_secs or locked.hold_secs)
        locked.save(
            update_fields=["details", "credentials", "instructions", "hold_secs"]
        )
        audit.record(
            actor=actor.name,
            action="method.changed",
            object=f"method:{locked.public_id}",
            now=now,
            data={"name": locked.name, "new_keys": has_new_keys},
            before=before,
            after=_facts(locked),
        )
        # News that waited for these keys goes on at once, in the same transaction.
        if has_new_keys:
            troubles.end_keys(locked, now=now)
        live.announce(actor.tenant_id, "methods", method=str(locked.public_id))
    return locked


def switch_method(
    *, actor: Actor, method: PaymentMethod, is_active: bool, now: datetime
) -> PaymentMethod:
    """Offer a way to pay, or no longer; open payments by it go on."""
    require(actor, Permission.EDIT_PAYMENTS)
    # Switching off is possible at any time: nothing begins by it.
    if is_active:
        require_open_for_staff()
        if not may_offer(method):
            raise TestMoneyOnly
    with unit_of_work("payments.switch_method"):
        PaymentMethod.objects.filter(pk=method.pk).update(is_active=is_active)
        _note(actor, method, "method.on" if is_active else "method.off", now=now)
    method.is_active = is_active
    return method


def _add(actor: Actor, method: PaymentMethod, *, now: datetime) -> PaymentMethod:
    with unit_of_work("payments.add_method"):
        # In test mode it is kept with its keys, and offered to nobody.
        method.is_active = may_offer(method)
        method.position = PaymentMethod.objects.count()
        method.save()
        _note(actor, method, "method.added", now=now)
    return method


def _note(actor: Actor, method: PaymentMethod, action: str, *, now: datetime) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"method:{method.public_id}",
        now=now,
        data={"name": method.name, "gateway": method.gateway},
    )
    live.announce(actor.tenant_id, "methods", method=str(method.public_id))


def _facts(method: PaymentMethod) -> dict[str, str | int]:
    """What the audit trail keeps of a method: never its keys."""
    return {
        **method.details,
        "instructions": method.instructions,
        "hold_secs": method.hold_secs,
    }


def facts_of(method: PaymentMethod) -> Facts:
    """What can be changed of a method, as it is now; its keys as they are sealed."""
    sealed = method.credentials
    value = sealed.value if sealed else None
    return {**_facts(method), "keys": bytes(value).hex() if value else ""}


def _read_channel(draft: GatewayDraft) -> tuple[GatewaySpec, Channel]:
    """The gateway and channel of the draft, or InvalidInput."""
    try:
        spec = registry.spec_of(draft.gateway)
        channel = spec.channel(draft.channel) if draft.channel else spec.channels[0]
    except LookupError:
        raise InvalidInput(_("Choose one from the list.")) from None
    return spec, channel


def _entered_keys(draft: GatewayDraft) -> dict[str, str]:
    names = [key.name for key in registry.spec_of(draft.gateway).keys]
    entered = {name: draft.keys.get(name, "").strip() for name in names}
    return {name: value for name, value in entered.items() if value}


def _change_keys(method: PaymentMethod, draft: GatewayDraft) -> None:
    new = _entered_keys(draft)
    if not new:
        return
    method.credentials = json.dumps(_known_keys(method) | new)
    _check_keys(method)


def _known_keys(method: PaymentMethod) -> dict[str, str]:
    """What is kept while only some keys are entered: nothing that cannot be opened."""
    try:
        return read_keys(method) if method.credentials else {}
    except WrongCredentials:
        return {}


def _check_keys(method: PaymentMethod) -> None:
    """Raise InvalidInput unless the keys belong to the method's mode."""
    try:
        open_gateway(method)
    except WrongCredentials as wrong:
        raise InvalidInput(
            _("These keys do not belong to the chosen mode. Check them, please."),
            field=registry.spec_of(method.gateway).blame(wrong),
        ) from None


def _read_account(draft: AccountDraft) -> dict[str, str]:
    known = BANKS if draft.kind == MethodKind.BANK else WALLETS
    if draft.provider not in known:
        raise InvalidInput(_("Choose one from the list."), field="provider")
    number = re.sub(r"[\s.-]", "", draft.account_number)
    if not re.fullmatch(r"[0-9]{6,20}", number):
        raise InvalidInput(
            _("An account number has 6 to 20 digits."), field="account_number"
        )
    name = " ".join(draft.account_name.split())
    if not 2 <= len(name) <= 60:
        raise InvalidInput(
            _("Enter the account holder's name (2 to 60 characters)."),
            field="account_name",
        )
    return {"provider": draft.provider, "account_number": number, "account_name": name}


def _read_instructions(text: str) -> str:
    text = text.strip()
    if len(text) > 1500:
        raise InvalidInput(
            _("Write at most %(most)d characters.") % {"most": 1500},
            field="instructions",
        )
    return text


def _read_hold(secs: int) -> int:
    if not MIN_HOLD_SECS <= secs <= MAX_HOLD_SECS:
        raise InvalidInput(
            _("Stock can be held from one minute to 48 hours."), field="hold_secs"
        )
    return secs

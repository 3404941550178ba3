"""The second proof: an app's code, a passkey, or one of the codes kept for emergencies.

The rows are allauth's (`Authenticator`). What an app's code is made of is sealed for
its owner; emergency codes are kept as keyed hashes only; of a passkey we have the
public half. A code counts once: the row remembers the last half minute that was used,
and is locked while it is compared.

Every change is written down before it is committed: an entry too many can be explained,
a factor that appeared without one cannot.
"""

import hmac
import logging
import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotFound
from security import app_codes, crypto, locks, passkeys
from security.models import User
from security.services import doors, guessing
from security.services.guessing import TooManyTries

APP = Authenticator.Type.TOTP
PASSKEY = Authenticator.Type.WEBAUTHN
EMERGENCY = Authenticator.Type.RECOVERY_CODES

log = logging.getLogger(__name__)

EMERGENCY_CODES = 10
MOST_PASSKEYS = 10
# Without 0, 1, i, l, o: they are written down by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(InvalidInput):
    """The code is not the one the app shows now, or was used already."""

    code = "WRONG_CODE"
    default = _("This code is not right or was used already. Wait for the next one.")


class PasskeyRefused(InvalidInput):
    """The passkey's answer does not fit."""

    code = "PASSKEY_REFUSED"
    default = _("This passkey could not be read. Please try again.")


class LastFactor(Conflict):
    """Platform staff cannot be without a second factor."""

    code = "LAST_FACTOR"
    default = _("Platform staff needs a second step. Add another one first.")


def has_one(user: User) -> bool:
    """Whether the person has a second factor."""
    return Authenticator.objects.filter(user=user, type__in=[APP, PASSKEY]).exists()


def list_factors(user: User) -> list[Authenticator]:
    """The person's factors, in the order in which they were added."""
    rows = Authenticator.objects.filter(user=user, type__in=[APP, PASSKEY])
    return list(rows.order_by("pk"))


def count_emergency_codes(user: User) -> int:
    """How many emergency codes are left."""
    row = Authenticator.objects.filter(user=user, type=EMERGENCY).first()
    return len(row.data["hashes"]) if row else 0


# --- Adding and removing --------------------------------------------------------------


def add_app(user: User, *, secret: str, code: str, now: datetime) -> list[str]:
    """Keep the app's secret once its first code was right.

    Emergency codes where the person has none yet, shown this once. Raises WrongCode,
    Conflict if there is an app already, TooManyTries.
    """
    _count_code(user, now=now)
    half_minute = app_codes.find_half_minute(secret, code, now=now)
    if half_minute is None:
        doors.record("second_factor.failed", user=user, now=now, factor=APP.value)
        raise WrongCode(field="code")
    guessing.code_was_right(user.pk)
    with unit_of_work("security.add_app"):
        # The account and not its factors: there may be none yet that could be held.
        held = locks.account(user.pk)
        if Authenticator.objects.filter(user=held, type=APP).exists():
            raise Conflict
        Authenticator.objects.create(
            user=held,
            type=APP,
            data={
                "secret": app_codes.seal(secret, user_id=held.pk),
                # The code that set it up does not open the door as well.
                "last_used": half_minute,
            },
            created_at=now,
        )
        codes = _first_emergency_codes(held, now=now)
        doors.record("second_factor.added", user=user, now=now, factor=APP.value)
    return codes


def add_passkey(
    user: User, *, name: str, state: Any, answer: Any, now: datetime
) -> list[str]:
    """Keep a passkey whose answer fits; emergency codes where there are none yet.

    Raises PasskeyRefused, Conflict with too many passkeys.
    """
    try:
        registered = passkeys.complete_registration(state, answer)
    except passkeys.BadAnswer as error:
        doors.record("second_factor.failed", user=user, now=now, factor=PASSKEY.value)
        raise PasskeyRefused from error
    with unit_of_work("security.add_passkey"):
        held = locks.account(user.pk)
        known = Authenticator.objects.filter(user=held, type=PASSKEY)
        if known.count() >= MOST_PASSKEYS:
            raise Conflict
        Authenticator.objects.create(
            user=held,
            type=PASSKEY,
            data={
                "name": name[:60],
                "credential": answer,
                "sign_count": registered.counter,
            },
            created_at=now,
        )
        codes = _first_emergency_codes(held, now=now)
        doors.record(
            "second_factor.added",
            user=user,
            now=now,
            factor=PASSKEY.value,
            name=name[:60],
        )
    return codes


def new_emergency_codes(user: User, *, now: datetime) -> list[str]:
    """Ten new emergency codes, shown this once; the old ones end."""
    with unit_of_work("security.new_emergency_codes"):
        held = locks.account(user.pk)
        if not has_one(held):
            raise NotFound
        Authenticator.objects.filter(user=held, type=EMERGENCY).delete()
        codes = _first_emergency_codes(held, now=now)
        doors.record("second_factor.new_codes", user=user, now=now)
    return codes


def remove(user: User, factor_id: int, *, now: datetime) -> None:
    """Take a factor away, with the last one also the emergency codes.

    Raises NotFound, LastFactor for platform staff.
    """
    with unit_of_work("security.remove_factor"):
        held = locks.account(user.pk)
        rows = Authenticator.objects.filter(user=held, type__in=[APP, PASSKEY])
        row = rows.filter(pk=factor_id).first()
        if row is None:
            raise NotFound
        # Counted under the lock: two requests must not take one each of the last two.
        is_last = rows.count() == 1
        if is_last and held.is_staff:
            raise LastFactor
        row.delete()
        if is_last:
            Authenticator.objects.filter(user=held, type=EMERGENCY).delete()
        doors.record("second_factor.removed", user=user, now=now, factor=row.type)


def reset(user: User, *, by: str, reason: str, now: datetime) -> int:
    """Take all factors away, because they are lost; how many there were.

    All sessions of the account end with it: whoever has the lost phone may have one.
    """
    with unit_of_work("security.reset_factors"):
        held = locks.account(user.pk)
        rows = Authenticator.objects.filter(user=held)
        count = rows.exclude(type=EMERGENCY).count()
        rows.delete()
        held.sessions.all().delete()
        guessing.code_was_right(user.pk)  # nobody has to wait for what is no more
        doors.record(
            "second_factor.reset",
            user=user,
            by=by,
            now=now,
            factors=count,
            reason=reason,
        )
    return count


# --- Using ----------------------------------------------------------------------------


def use_code(user: User, code: str, *, now: datetime) -> str:
    """Accept the app's code or an emergency code, once; which kind it was.

    Counted before it is looked at. Raises TooManyTries, WrongCode.
    """
    _count_code(user, now=now)
    with unit_of_work("security.use_code"):
        used = _use_code(locks.authenticators(user.pk), user, code, now=now)
        if used is not None:
            guessing.code_was_right(user.pk)
            doors.record("second_factor.used", user=user, now=now, factor=used)
    if used is None:
        doors.record("second_factor.failed", user=user, by=doors.VISITOR, now=now)
        raise WrongCode(field="code")
    return used


def use_passkey(user: User, *, state: Any, answer: Any, now: datetime) -> str:
    """Accept a passkey's answer to our question; raises PasskeyRefused.

    A counter that does not go up means that somebody copied the passkey.
    """
    with unit_of_work("security.use_passkey"):
        # Held: of one answer that comes twice at once, the second finds it counted.
        rows = [row for row in locks.authenticators(user.pk) if row.type == PASSKEY]
        row = passkeys.find_answered(rows, state, answer)
        if row is not None:
            row.data["sign_count"] = passkeys.counter_of(answer)
            row.last_used_at = now
            row.save(update_fields=["data", "last_used_at"])
            doors.record(
                "second_factor.used",
                user=user,
                now=now,
                factor=PASSKEY.value,
                name=row.data["name"],
            )
    if row is None:
        doors.record(
            "second_factor.failed",
            user=user,
            by=doors.VISITOR,
            now=now,
            factor=PASSKEY.value,
        )
        raise PasskeyRefused
    return str(PASSKEY.value)


def _use_code(
    rows: list[Authenticator], user: User, code: str, *, now: datetime
) -> str | None:
    for row in rows:
        if row.type == APP and _fits_app(row, code, now=now):
            break
        if row.type == EMERGENCY and _fits_emergency(row, user, code):
            break
    else:
        return None
    row.last_used_at = now
    row.save(update_fields=["data", "last_used_at"])
    return str(row.type)


def _fits_app(row: Authenticator, code: str, *, now: datetime) -> bool:
    try:
        secret = app_codes.open_sealed(row.data["secret"], user_id=row.user_id)
    except crypto.CannotOpen:
        # The master key is gone: emergency codes and passkeys still work.
        log.error("The authenticator app of account %s cannot be opened", row.user_id)
        return False
    half_minute = app_codes.find_half_minute(
        secret, code, now=now, after=row.data.get("last_used", 0)
    )
    if half_minute is None:
        return False
    row.data["last_used"] = half_minute
    return True


def _fits_emergency(row: Authenticator, user: User, code: str) -> bool:
    found = _hash(code, user_id=user.pk)
    for kept in row.data["hashes"]:
        if hmac.compare_digest(kept, found):
            row.data["hashes"].remove(kept)
            return True
    return False


def _first_emergency_codes(user: User, *, now: datetime) -> list[str]:
    if Authenticator.objects.filter(user=user, type=EMERGENCY).exists():
        return []
    codes = [_new_code() for _number in range(EMERGENCY_CODES)]
    Authenticator.objects.create(
        user=user,
        type=EMERGENCY,
        data={"hashes": [_hash(code, user_id=user.pk) for code in codes]},
        created_at=now,
    )
    return codes


def _new_code() -> str:
    # Some 49 bits, enough behind a keyed hash: the table alone lets nobody try them.
    letters = "".join(secrets.choice(_LETTERS) for _place in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _hash(code: str, *, user_id: int) -> str:
    plain = "".join(code.split()).replace("-", "").casefold()
    return crypto.fingerprint(plain, purpose=f"emergency-code:{user_id}")


def _count_code(user: User, *, now: datetime) -> None:
    try:
        guessing.count_code(user.pk, now=now)
    except TooManyTries as refusal:
        if refusal.is_first:
            doors.record(
                "second_factor.blocked",
                user=user,
                by=doors.VISITOR,
                now=now,
                secs=refusal.wait_secs,
            )
        raise

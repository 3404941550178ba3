"""Codes count once, secrets are sealed, lost factors can be reset."""

import base64
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from ppob.kit.errors import Conflict, NotFound
from security import app_codes, crypto, passkeys
from security.models import AuditEntry, Session, TryCount
from security.services import keys, second_factor
from security.services.guessing import CODE, TooManyTries
from security.services.second_factor import LastFactor, PasskeyRefused, WrongCode
from tests.conftest import NOON
from tests.factories import make_user
from tests.payments.racing import at_once
from tests.security.passkey_device import PasskeyDevice

# RFC 6238, appendix B (SHA-1), its last six digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
SECRET = RFC_SECRET


def code_at(now: datetime) -> str:
    return app_codes.code_at(SECRET, int(now.timestamp()) // 30)


def with_app(user, *, now=NOON) -> list[str]:
    return second_factor.add_app(user, secret=SECRET, code=code_at(now), now=now)


@pytest.fixture
def user(db):
    return make_user("rizky")


@pytest.fixture
def bystander(db):
    other = make_user("bystander")
    with_app(other)
    return other


def actions(user) -> list[str]:
    rows = AuditEntry.across_tenants.filter(object=f"user:{user.pk}").order_by("pk")
    return list(rows.values_list("action", flat=True))


@pytest.mark.parametrize(("at", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(at, code):
    assert app_codes.code_at(RFC_SECRET, at // 30) == code


@pytest.mark.parametrize(
    ("secs", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_off_by_half_a_minute(secs, fits):
    code = code_at(NOON + timedelta(seconds=secs))

    assert (app_codes.find_half_minute(SECRET, code, now=NOON) is not None) is fits


# --- The app --------------------------------------------------------------------------


def test_an_app_is_kept_sealed_and_gives_ten_emergency_codes(user):
    codes = with_app(user)

    assert len(set(codes)) == 10
    kept = str(list(Authenticator.objects.values("data")))
    assert SECRET not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert second_factor.has_one(user)


def test_a_secret_opens_for_its_owner_only(user):
    sealed = app_codes.seal(SECRET, user_id=user.pk)

    with pytest.raises(crypto.CannotOpen):
        app_codes.open_sealed(sealed, user_id=user.pk + 1)


def test_a_wrong_first_code_adds_nothing(user):
    with pytest.raises(WrongCode):
        second_factor.add_app(user, secret=SECRET, code="000000", now=NOON)

    assert not Authenticator.objects.exists()
    assert actions(user) == ["second_factor.failed"]


def test_a_second_app_is_refused(user):
    with_app(user)

    with pytest.raises(Conflict):
        with_app(user)

    assert Authenticator.objects.filter(type="totp").count() == 1


def test_the_code_that_set_it_up_does_not_open_the_door(user):
    with_app(user)

    with pytest.raises(WrongCode):
        second_factor.use_code(user, code_at(NOON), now=NOON)


def test_a_code_counts_once(user, bystander):
    with_app(user)
    later = NOON + timedelta(minutes=1)

    used = second_factor.use_code(user, code_at(later), now=later)

    assert used == "totp"
    with pytest.raises(WrongCode):
        second_factor.use_code(user, code_at(later), now=later)
    before = NOON + timedelta(seconds=30)  # still within the tolerance, but older
    with pytest.raises(WrongCode):
        second_factor.use_code(user, code_at(before), now=later)
    # The same code of another person has nothing to do with it.
    assert second_factor.use_code(bystander, code_at(later), now=later) == "totp"


def test_a_code_that_comes_twice_at_once_counts_once(user):
    with_app(user)
    later = NOON + timedelta(minutes=1)

    answers = at_once(
        [lambda: second_factor.use_code(user, code_at(later), now=later)] * 4
    )

    assert [one for one in answers if one == "totp"] == ["totp"]
    assert sum(isinstance(one, WrongCode) for one in answers) == 3


def test_codes_are_counted_before_they_are_looked_at(user, bystander):
    with_app(user)
    later = NOON + timedelta(minutes=1)
    for _try in range(CODE.tries):
        with pytest.raises(WrongCode):
            second_factor.use_code(user, "000000", now=later)

    with pytest.raises(TooManyTries):
        second_factor.use_code(user, code_at(later), now=later)

    assert actions(user)[-1] == "second_factor.blocked"
    assert second_factor.use_code(bystander, code_at(later), now=later) == "totp"


def test_wrong_codes_are_forgotten_after_a_right_one(user):
    with_app(user)
    later = NOON + timedelta(minutes=1)
    for _try in range(CODE.tries - 1):
        with pytest.raises(WrongCode):
            second_factor.use_code(user, "000000", now=later)

    second_factor.use_code(user, code_at(later), now=later)

    assert not TryCount.objects.exists()


def test_a_secret_nobody_can_open_leaves_the_emergency_codes(user, settings):
    codes = with_app(user)
    row = Authenticator.objects.get(type="totp")
    row.data["secret"] = app_codes.seal(SECRET, user_id=0)
    row.save()
    later = NOON + timedelta(minutes=1)

    with pytest.raises(WrongCode):
        second_factor.use_code(user, code_at(later), now=later)

    assert second_factor.use_code(user, codes[0], now=later) == "recovery_codes"


# --- Emergency codes ------------------------------------------------------------------


def test_an_emergency_code_counts_once_however_it_is_written(user):
    codes = with_app(user)

    second_factor.use_code(user, f" {codes[3].upper().replace('-', ' ')} ", now=NOON)

    with pytest.raises(WrongCode):
        second_factor.use_code(user, codes[3], now=NOON)
    assert second_factor.count_emergency_codes(user) == 9
    assert second_factor.use_code(user, codes[4], now=NOON) == "recovery_codes"


def test_new_emergency_codes_end_the_old_ones(user):
    old = with_app(user)

    new = second_factor.new_emergency_codes(user, now=NOON)

    with pytest.raises(WrongCode):
        second_factor.use_code(user, old[0], now=NOON)
    assert second_factor.use_code(user, new[0], now=NOON) == "recovery_codes"


def test_without_a_factor_there_are_no_emergency_codes(user, bystander):
    with pytest.raises(NotFound):
        second_factor.new_emergency_codes(user, now=NOON)

    assert second_factor.count_emergency_codes(bystander) == 10


def test_somebody_elses_emergency_code_opens_nothing(user, bystander):
    with_app(user)
    theirs = second_factor.new_emergency_codes(bystander, now=NOON)

    with pytest.raises(WrongCode):
        second_factor.use_code(user, theirs[0], now=NOON)

    assert second_factor.count_emergency_codes(bystander) == 10


# --- Passkeys -------------------------------------------------------------------------


def through_json(value):
    return json.loads(json.dumps(value))


def with_passkey(user, device) -> list[str]:
    options, state = passkeys.begin_registration(user, [])
    answer = device.create(through_json(options))
    return second_factor.add_passkey(
        user, name="HP", state=through_json(state), answer=answer, now=NOON
    )


def ask(user, device) -> dict:
    rows = second_factor.list_factors(user)
    options, state = passkeys.begin_use(rows)
    answer = device.get(through_json(options))
    return {"state": through_json(state), "answer": answer, "now": NOON}


@pytest.fixture
def device(settings):
    settings.SITE_URL = "http://localhost:8000"
    return PasskeyDevice()


def test_a_passkey_is_added_and_used(user, device):
    codes = with_passkey(user, device)

    assert len(codes) == 10
    assert second_factor.use_passkey(user, **ask(user, device)) == "webauthn"
    assert actions(user) == ["second_factor.added", "second_factor.used"]


def test_an_answer_counts_for_its_own_question_only(user, device):
    with_passkey(user, device)
    first, second = ask(user, device), ask(user, device)

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(
            user, state=second["state"], answer=first["answer"], now=NOON
        )


def test_a_copied_passkey_is_noticed(user, device):
    with_passkey(user, device)
    early = ask(user, device)
    second_factor.use_passkey(user, **ask(user, device))

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(user, **early)


def test_passkeys_that_do_not_count_work_too(user, settings):
    settings.SITE_URL = "http://localhost:8000"
    cloud = PasskeyDevice(counts=False)
    with_passkey(user, cloud)

    for _time in range(2):
        assert second_factor.use_passkey(user, **ask(user, cloud)) == "webauthn"


def test_another_sites_page_gets_nothing(user, device):
    with_passkey(user, device)
    device.origin = "https://tokobot.evil.example"

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(user, **ask(user, device))


def test_another_persons_passkey_opens_nothing(user, device):
    with_passkey(user, device)
    other = make_user("other")
    with_passkey(other, PasskeyDevice())
    stolen = ask(other, device)

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(other, **stolen)


@pytest.mark.parametrize(
    "answer", [{}, {"id": 1}, {"response": None}, {"id": "x", "rawId": "x"}]
)
def test_nonsense_is_refused(user, device, answer):
    with_passkey(user, device)
    asked = ask(user, device)

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(user, state=asked["state"], answer=answer, now=NOON)
    with pytest.raises(PasskeyRefused):
        second_factor.add_passkey(
            user, name="x", state=asked["state"], answer=answer, now=NOON
        )
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_without_a_question_no_answer_counts(user, device):
    with_passkey(user, device)

    with pytest.raises(PasskeyRefused):
        second_factor.use_passkey(user, **{**ask(user, device), "state": None})


# --- Taking away ----------------------------------------------------------------------


def test_removing_the_last_factor_ends_the_emergency_codes(user, bystander):
    with_app(user)
    [row] = second_factor.list_factors(user)

    second_factor.remove(user, row.pk, now=NOON)

    assert not Authenticator.objects.filter(user=user).exists()
    assert Authenticator.objects.filter(user=bystander).count() == 2


def test_somebody_elses_factor_cannot_be_removed(user, bystander):
    with_app(user)
    [theirs] = second_factor.list_factors(bystander)

    with pytest.raises(NotFound):
        second_factor.remove(user, theirs.pk, now=NOON)

    assert second_factor.has_one(bystander)


def test_platform_staff_keeps_one(db):
    staff = make_user("staff", is_staff=True)
    with_app(staff)
    [row] = second_factor.list_factors(staff)

    with pytest.raises(LastFactor):
        second_factor.remove(staff, row.pk, now=NOON)

    assert second_factor.has_one(staff)


def test_a_lost_factor_is_reset_by_a_command(user, bystander, client):
    with_app(user)
    client.force_login(user)
    client.session.save()
    out = StringIO()

    call_command(
        "reset_second_factor", "rizky", "--reason", "phone lost, called", stdout=out
    )

    assert "1 factors taken away, all sessions ended" in out.getvalue()
    assert not Authenticator.objects.filter(user=user).exists()
    assert not Session.objects.filter(user=user).exists()
    assert second_factor.has_one(bystander)
    entry = AuditEntry.across_tenants.latest("pk")
    assert (entry.action, entry.actor) == (
        "second_factor.reset",
        "command:reset_second_factor",
    )
    assert entry.data == {"factors": 1, "reason": "phone lost, called"}


def test_the_command_knows_discord_ids_and_dry_runs(user):
    with_app(user)
    out = StringIO()

    call_command(
        "reset_second_factor",
        str(user.discord_id),
        "--reason",
        "x",
        "--dry-run",
        stdout=out,
    )

    assert out.getvalue() == "rizky: 1 factors would go.\n"
    assert second_factor.has_one(user)


@pytest.mark.parametrize("name", ["nobody", "9" * 30])
def test_the_command_refuses_unknown_accounts(db, name):
    with pytest.raises(CommandError, match="There is no account"):
        call_command("reset_second_factor", name, "--reason", "x")


# --- Keys -----------------------------------------------------------------------------


def test_a_new_master_key_seals_the_apps_again(user, settings):
    with_app(user)
    fresh = "k9:" + base64.urlsafe_b64encode(b"9" * 32).decode()
    settings.MASTER_KEYS = f"{fresh},{settings.MASTER_KEYS}"
    old = crypto.key_ids()[-1]
    assert keys.count_by_key() == {old: 1}

    dry = keys.seal_again(actor="test", now=datetime.now(UTC), dry_run=True)
    assert keys.count_by_key() == {old: 1}
    done = keys.seal_again(actor="test", now=datetime.now(UTC))

    assert (dry[-1].done, done[-1].done, done[-1].unreadable) == (1, 1, 0)
    assert keys.count_by_key() == {"k9": 1}
    later = NOON + timedelta(minutes=1)
    assert second_factor.use_code(user, code_at(later), now=later) == "totp"

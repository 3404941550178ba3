"""What an entry of the audit trail keeps, and what it never keeps."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from payments.services.incoming import methods
from payments.states import MethodKind
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from security.origin import OriginMiddleware, client_ip, find_ip
from security.services import audit
from tests.conftest import NOON
from tests.dashboard.editing import seen_at
from tests.factories import gateway_draft, make_gateway_method, make_member

SETTINGS = "/toko/arcadia/pengaturan/"
DRAFT = {
    "name": "Arcadia Baru",
    "time_zone": "Asia/Makassar",
    "language": "id",
    "deposit_alert_hours": "4",
}
TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"


def record(**more):
    with transaction.atomic():
        entry = audit.record(
            actor="user:1", action="x.done", object="y:1", now=NOON, **more
        )
    return AuditEntry.objects.get(pk=entry.pk)


def test_only_what_differs_is_kept(in_arcadia):
    entry = record(
        before={"price": 1, "name": "Netflix", "gone": True},
        after={"price": 2, "name": "Netflix", "new": None},
    )

    assert entry.before == {"price": 1, "gone": True}
    assert entry.after == {"price": 2, "new": None}


def test_values_are_kept_as_people_read_them(in_arcadia):
    entry = record(
        after={
            "kind": MethodKind.QRIS,
            "at": datetime(2026, 3, 14, 5, 0, tzinfo=UTC),
            "id": UUID(int=7),
            "channel": 1_190_000_000_000_001_012,
            "price": 2**53,
            "many": {"tags": ("a", "b")},
            "is_on": True,
        }
    )

    assert entry.after == {
        "kind": "qris",
        "at": "2026-03-14T05:00:00Z",
        "id": "00000000-0000-0000-0000-000000000007",
        "channel": "1190000000000001012",
        "price": 2**53,
        "many": {"tags": ["a", "b"]},
        "is_on": True,
    }


def test_a_reason_is_kept_up_to_a_length(in_arcadia):
    assert record(reason="A dispute").reason == "A dispute"
    assert record(reason="x" * 2000).reason == "x" * 1000
    assert record().reason == ""


def test_a_sealed_secret_cannot_be_written_down(in_arcadia):
    method = make_gateway_method()

    for field in ("data", "before", "after"):
        with pytest.raises(TypeError):
            record(**{field: {"credentials": method.credentials}})

    assert not AuditEntry.objects.exists()


def test_a_token_is_starred_out_wherever_it_stands(in_arcadia):
    entry = record(
        data={"note": f"see {TOKEN}"},
        before={"deep": {"er": [TOKEN]}},
        after={"text": TOKEN},
        reason=f"because {TOKEN}",
    )

    assert entry.data == {"note": "***"}
    assert entry.before == {"deep": {"er": ["***"]}}
    assert entry.after == {"text": "***"}
    assert entry.reason == "***"


def test_a_page_writes_down_the_clients_address(in_arcadia):
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.force_login(make_member().user)

    browser.post(SETTINGS, DRAFT | seen_at(browser, SETTINGS))

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.ip) == ("store.changed", "203.0.113.9")
    assert entry.before == {"name": "Arcadia", "time_zone": "Asia/Jakarta"}
    assert entry.after == {"name": "Arcadia Baru", "time_zone": "Asia/Makassar"}


def test_a_job_has_no_address(in_arcadia):
    assert record().ip is None


def test_the_address_is_forgotten_after_the_request(in_arcadia):
    seen = []

    def page(request):
        seen.append(find_ip())
        return HttpResponse()

    OriginMiddleware(page)(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9"))

    assert (seen, find_ip()) == (["203.0.113.9"], None)


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        # Without a proxy of ours the header is the client's own invention.
        (0, "1.1.1.1", "10.0.0.1"),
        (0, "", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (1, "evil, 1.1.1.1,203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        # Fewer addresses than proxies: it came around them.
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "2001:db8::9", "2001:db8::9"),
        (1, "[2001:db8::9]:4711", "2001:db8::9"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "unknown", None),
        (1, "'; DROP TABLE x", None),
    ],
)
def test_only_our_own_proxies_are_believed(hops, forwarded, expected):
    request = RequestFactory().get(
        "/",
        REMOTE_ADDR="10.0.0.1",
        **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}),
    )

    with override_settings(PROXY_HOPS=hops):
        assert client_ip(request) == expected


def test_other_stores_entries_are_not_there(in_arcadia, borealis):
    record()

    with tenant_scope(borealis.pk):
        assert not AuditEntry.objects.exists()


def test_keys_of_a_merchant_account_never_reach_the_trail(in_arcadia, superuser):
    owner = make_member()
    first = gateway_draft(
        merchant_code="T10001",
        api_key="DEV-canary1KeyThatNobodyMayRead",
        private_key="canary-2Key-Nobody-May-Read",
    )
    method = methods.add_gateway(actor=owner, draft=first, now=NOON)
    second = gateway_draft(api_key="DEV-canary3KeyThatNobodyMayRead", hold_secs=600)
    methods.change_method(actor=owner, method=method, draft=second, now=NOON)

    rows = superuser.execute("SELECT e::text FROM security_auditentry e").fetchall()
    assert len(rows) == 2
    assert "canary" not in str(rows)

"""Addresses outside any store: open pages, callbacks of gateways, and the admin."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inventory.services.supplier_clients import read_keys
from ppob.kit import staff_site
from security.models import TryCount
from tenants.models import ProofRun
from tests.conftest import NOON
from tests.isolation import canary
from tests.isolation.calls import Call, Id
from tests.isolation.routes import Route
from tests.isolation.web import Answer, Web
from tests.isolation.world import Side

LOGIN = 302

# --- Open pages -----------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """A page outside the stores, and what strangers and people signed in get."""

    nobody: int = 200
    somebody: int = 200
    call: Call = field(default_factory=Call)


def _open_store(side: Side) -> Call:
    return Call("POST", data={"guild": Id(side.guild.discord_id)})


OPEN: dict[str, list[Door]] = {
    "landing": [Door()],
    "set-language": [Door(302, 302, Call("POST", data={"language": "en"}))],
    "product-picture": [Door(404, 404, Call(kwargs={"name": "0" * 32 + ".webp"}))],
    "livez": [Door()],
    "readyz": [Door()],
    "discord_login": [Door(), Door(302, 302, Call("POST", data={}))],
    "discord_callback": [Door(302, 302, Call(query={"code": "1", "state": "2"}))],
    "account_login": [Door(302, 302)],
    "account_inactive": [Door(403, 403)],
    "account_logout": [Door(405, 405)],
    "security:account": [Door(LOGIN)],
    "security:prove": [Door(LOGIN, 302)],
    "security:second-step": [Door(LOGIN, 302)],
    "security:add-app": [Door(LOGIN)],
    "security:add-passkey": [Door(LOGIN)],
    "security:new-codes": [Door(405, 405)],
    "security:remove-factor": [
        Door(LOGIN, 404, Call("POST", kwargs={"factor": 10**9}, data={}))
    ],
    "tenants:stores": [Door(LOGIN)],
    "tenants:open-store": [Door(LOGIN)],
    # The right link is tried in tests/tenants: here nobody learns anything.
    "tenants:invitation": [
        Door(200, 404, Call(kwargs={"token": "x" * 43})),
        Door(200, 404, Call("POST", kwargs={"token": "x" * 43}, data={})),
    ],
    # The right address, and other stores' buyers at it: tests/dashboard.
    "purchase": [
        Door(404, 404, Call(kwargs={"token": "x" * 43})),
        Door(404, 404, Call("POST", kwargs={"token": "x" * 43}, data={})),
    ],
    "security:sessions": [Door(LOGIN)],
    "security:end-session": [Door(LOGIN, 404, Call("POST", kwargs={"session_id": 1}))],
    "security:end-others": [Door(LOGIN, 302, Call("POST"))],
    "bot:installed": [Door(LOGIN, 302, Call(query={"state": "x", "code": "y"}))],
    "api/schema/": [Door()],
    "api/docs/": [Door()],
}


def check_open(web: Web, route: Route, doors: list[Door]) -> None:
    """Whoever comes reads nothing of a store that is not theirs."""
    world = web.world
    actors = {
        "nobody": None,
        "a stranger": world.stranger,
        "our owner": world.ours.owner.user,
        "their owner": world.theirs.owner.user,
        "platform staff": world.superuser,
    }
    for door in doors:
        for who, user in actors.items():
            found = web.cell(route, door.call, world.ours, user, who=who)
            wanted = door.nobody if user is None else door.somebody
            cell = web.name(route, door.call, who)
            web.report.expect(cell, found.status, wanted, "status")


# --- Callbacks: the signature says whose they are -------------------------------------


def tripay_news(payment: Any, **changes: Any) -> bytes:
    """What Tripay says about a payment."""
    news = {
        "reference": payment.gateway_reference,
        "merchant_ref": payment.reference,
        "payment_method": "QRIS",
        "total_amount": payment.amount,
        "fee_merchant": 750,
        "fee_customer": 0,
        "amount_received": payment.amount - 750,
        "is_closed_payment": 1,
        "status": "PAID",
        "paid_at": 1_773_464_400,
    }
    return json.dumps(news | changes).encode()


def tripay_headers(body: bytes, key: str) -> dict[str, str]:
    """The headers that prove who says it."""
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Callback-Signature": signature, "X-Callback-Event": "payment_status"}


def key_of(side: Side) -> str:
    with side.open():
        secrets = json.loads(side.gateway.credentials.reveal())
    return str(secrets["private_key"])


def check_gateway(web: Web, route: Route) -> None:
    """News are believed at the door of the method whose key signed them only."""
    world = web.world
    ours, theirs = world.ours, world.theirs
    with ours.open():
        body = tripay_news(ours.bill())

    def send(what: str, side: Side, status: int, allows: frozenset[str]) -> Answer:
        call = Call(
            "POST",
            kwargs={"gateway": "tripay", "method_id": Id(side.gateway.public_id)},
            data=body,
            headers=tripay_headers(body, key_of(ours)),
            allows=allows,
        )
        answer = web.cell(route, call, side, None, who=what, kept_from=(theirs,))
        web.report.expect(web.name(route, call, what), answer.status, status, "status")
        return answer

    noted = frozenset(
        {"security_auditentry"}
    )  # their own audit trail tells of forgeries
    send("our key, at our door", ours, 200, frozenset())
    send("our key, at their door", theirs, 401, noted)


def check_supplier(web: Web, route: Route) -> None:
    """The same for suppliers: each account has a secret of its own."""
    ours, theirs = web.world.ours, web.world.theirs
    with ours.open():
        secret = read_keys(ours.supplier)["webhook_secret"]
    body = json.dumps(
        {"data": {"ref_id": "x", "status": "Sukses", "rc": "00"}}
    ).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    headers = {"X-Hub-Signature": f"sha1={digest}", "X-Digiflazz-Event": "update"}
    noted = frozenset({"security_auditentry"})
    for what, side, status, allows in (
        ("our secret, at our door", ours, 200, frozenset()),
        ("our secret, at their door", theirs, 401, noted),
    ):
        call = Call(
            "POST",
            kwargs={"kind": "digiflazz", "account_id": Id(side.supplier.public_id)},
            data=body,
            headers=headers,
            allows=allows,
        )
        found = web.cell(route, call, side, None, who=what, kept_from=(theirs,))
        web.report.expect(web.name(route, call, what), found.status, status, "status")


CALLBACKS: dict[str, Callable[[Web, Route], None]] = {
    "api/v1/callbacks/<str:gateway>/<uuid:method_id>/": check_gateway,
    "api/v1/suppliers/<str:kind>/<uuid:account_id>/callbacks/": check_supplier,
}


# --- The admin ------------------------------------------------------------------------

_PLAIN = {"admin/": 200, "admin/search/": 200, "admin/jsi18n/": 200}
_FORM = {"admin/password_change/": 200, "admin/password_change/done/": 200}
_OPEN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}
# The admin changes nothing: rows are read, and actions call services.
_MODEL = {"changelist": 200, "add": 403, "history": 200, "delete": 403, "change": 200}


def admin_status(route: Route) -> int | None:
    """What the superuser gets from this address; None for one nobody has decided on."""
    found = {**_PLAIN, **_FORM, "admin/autocomplete/": 403, "admin/login/": 302}
    found["admin/logout/"] = 405
    if route.pattern in found:
        return found[route.pattern]
    for deed, status in _MODEL.items():
        if route.name.endswith(f"_{deed}"):
            return status
    if route.name == "admin:app_list":
        return 200
    if "(?P<url>" in route.pattern or "path:object_id" in route.pattern:
        return 0  # leads on to another address
    return 0 if "content_type_id" in route.pattern else None


def admin_kwargs(route: Route, side: Side) -> dict[str, Any]:
    """A row of this store for an address that names one."""
    values: dict[str, Any] = {"app_label": "payments", "content_type_id": 1}
    admin = _model_admin(route)
    if "object_id" in route.parameters and admin is not None:
        row = _first_row(admin.model, side)
        values["object_id"] = row.pk if row is not None else 0
    return {name: values.get(name, 1) for name in route.parameters}


def _first_row(model: Any, side: Side) -> Any:
    if model is TryCount:  # nobody's, and there only while somebody guesses
        return model.objects.get_or_create(
            key="tried", defaults={"count": 1, "ends_at": NOON}
        )[0]
    if model is ProofRun:  # nobody's, from the first proof on
        return model.objects.get_or_create(
            at=NOON,
            defaults={"is_whole": True, "marks": {}, "whole": [], "left_out": []},
        )[0]
    if hasattr(model, "across_tenants"):
        return model.across_tenants.filter(tenant_id=side.tenant.pk).first()
    return model._base_manager.using("platform").first()


def _model_admin(route: Route) -> Any:
    for model, admin in staff_site.site._registry.items():
        if route.name.startswith(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        ):
            return admin
    return None


def check_admin(web: Web, route: Route) -> None:
    """Staff alone gets in, and even staff reads no secret and changes no row here."""
    world = web.world
    if "(?P<url>" in route.pattern:
        return
    call = Call(
        kwargs=admin_kwargs(route, world.theirs), status=admin_status(route) or 0
    )
    for who, user, method in (
        ("nobody", None, "GET"),
        ("our owner", world.ours.owner.user, "GET"),
        ("our owner", world.ours.owner.user, "POST"),
    ):
        sent = Call(method, kwargs=call.kwargs, data={} if method == "POST" else None)
        found = web.cell(route, sent, world.theirs, user, who=who)
        if route.pattern not in _OPEN and found.status not in (302, 403, 404):
            web.report.fail(web.name(route, sent, who), f"it answers {found.status}")
    staff = [("platform staff", world.superuser)]
    if admin_status(route) == 200 and _model_admin(route):
        staff.append(("a clerk", world.staff))
    for who, user in staff:
        found = web.cell(route, call, world.theirs, user, who=who, kept_from=())
        cell = web.name(route, call, who)
        if canary.SECRET in found.words():
            web.report.fail(cell, "it shows a secret")
        if user is world.staff:
            web.report.expect(cell, found.status, 403, "status")
        elif call.status:
            web.report.expect(cell, found.status, call.status, "status")


def check_admin_actions(web: Web) -> None:
    """Every action of every list: refused to whoever lacks the right, by its name."""
    world = web.world
    for model, admin in staff_site.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pattern = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        route = Route(f"admin:{name}_actions", pattern, None)
        for action in admin.actions or ():
            data = {"action": action, "_selected_action": str(world.theirs.tenant.pk)}
            for who, user in (
                ("nobody", None),
                ("our owner", world.ours.owner.user),
                ("a clerk", world.staff),
            ):
                call = Call("POST", data=data)
                found = web.cell(
                    route,
                    call,
                    world.theirs,
                    user,
                    who=f"{who}: {action}",
                    kept_from=(world.theirs,),
                )
                if found.status not in (302, 403):
                    web.report.fail(
                        web.name(route, call, who), f"it answers {found.status}"
                    )

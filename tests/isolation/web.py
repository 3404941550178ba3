"""Cells of pages and of the API: actors, methods, and every id swapped."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.contrib.messages import get_messages
from django.test import Client
from django.test.client import encode_multipart

from ppob.kit.scope import no_tenant_scope
from security.models import User
from tenants.models import Member
from tenants.permissions import Permission
from tenants.states import Role
from tests.isolation import canary
from tests.isolation.calls import Call, at, places, plain, with_id
from tests.isolation.report import Report
from tests.isolation.routes import API, CALLBACKS, STORE, Route
from tests.isolation.walls import BOTH
from tests.isolation.watch import Watch
from tests.isolation.world import Side, World
from tests.signed_in import sign_in_staff

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BOUNDARY = "isolation"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"')


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs by chance."""

    status: int
    text: str
    headers: str
    location: str

    def words(self) -> str:
        return f"{self.text} {self.headers}"


class Web:
    """Calls one world's addresses and compares the answers with the rules."""

    def __init__(
        self,
        world: World,
        watch: Watch,
        report: Report,
        prints: canary.Fingerprints,
        rights: dict[str, Permission],
    ) -> None:
        self.world, self.watch, self.report = world, watch, report
        self.prints, self.rights = prints, rights
        self.is_thorough = report.walls == BOTH
        self._known: dict[int, dict[str, str]] = {}
        self._baseline: dict[str, str] | None = None
        self._cookies: dict[int, Any] = {}

    # --- One route --------------------------------------------------------------------

    def check(self, route: Route, ours: list[Call], theirs: list[Call]) -> None:
        """Every cell of one address. Whoever may not comes before who may."""
        if self._baseline is None:
            self._look_for_changes(route.name)
        used = {call.method for call in ours}
        for mine, others in zip(ours, theirs, strict=True):
            self._check_outsiders(route, mine, others)
            if self.is_thorough:  # roles and methods have nothing to do with walls
                self._check_weak_roles(route, mine)
            self._check_swaps(route, mine, others)
            self._check_right_role(route, mine)
        if self.is_thorough:
            self._check_methods(route, ours[0], theirs[0], used)
        self._look_for_changes(route.name)

    def _look_for_changes(self, where: str) -> None:
        """Reading changed nothing of theirs either."""
        before, now = self._baseline, self._print_of(self.world.theirs, fresh=True)
        if before is not None:
            changed = canary.changed(before, now)
            self.report.expect(where, changed, [], "what changed in the other store")
        self._baseline = now

    def _check_outsiders(self, route: Route, mine: Call, others: Call) -> None:
        world = self.world
        cells = (
            ("nobody", None, mine, world.ours),
            ("a stranger", world.stranger, mine, world.ours),
            ("platform staff", world.superuser, mine, world.ours),
            ("their owner", world.theirs.owner.user, mine, world.ours),
            ("our owner, in their store", world.ours.owner.user, others, world.theirs),
        )
        for who, user, call, side in cells if self.is_thorough else cells[-2:]:
            found = self.cell(route, call, side, user, who=who)
            if user is None:
                wanted = 302 if route.kind == STORE else 403
                self.report.expect(
                    self.name(route, call, who), found.status, wanted, "status"
                )
                continue
            there = self._send(route, call, "atlantis", user)
            self.watch.take()
            cell = self.name(route, call, who)
            self.report.expect(cell, found.status, 404, "status")
            names = [*_ids_of(call), "atlantis", self._slug(side)]
            if not _is_same(found, there, names):
                self.report.fail(cell, _difference(found, there, names))

    def _check_weak_roles(self, route: Route, call: Call) -> None:
        for role, member in self.world.ours.members.items():
            if self._may(route, call, member):
                continue
            found = self.cell(route, call, self.world.ours, member.user, who=role)
            self.report.expect(
                self.name(route, call, role), found.status, 403, "status"
            )

    def _check_swaps(self, route: Route, mine: Call, others: Call) -> None:
        """Each id becomes theirs, one at a time: the same as an id of nothing."""
        user = self.world.ours.owner.user
        for place in places(mine):
            who = f"their {'.'.join(map(str, place))}"
            theirs = with_id(mine, place, at(others, place))
            nothing = with_id(mine, place, at(mine, place).absent)
            if (
                place[0] != "kwargs"
            ):  # what is left of the call may have an effect, once
                self._send(route, nothing, self._slug(self.world.ours), user)
                self._known.clear()
            found = self.cell(route, theirs, self.world.ours, user, who=who)
            there = self._send(route, nothing, self._slug(self.world.ours), user)
            self.watch.take()
            cell = self.name(route, mine, who)
            if place[0] == "kwargs":
                self.report.expect(cell, found.status, 404, "status")
            names = _ids_of(theirs) + _ids_of(nothing)
            if not at(mine, place).is_position and not _is_same(found, there, names):
                self.report.fail(cell, _difference(found, there, names))

    def _check_right_role(self, route: Route, call: Call) -> None:
        ours = self.world.ours
        roles = [role for role in Role if self._may(route, call, ours.members[role])]
        if call.only is not None:
            # Colleagues with the same right come first, and find nothing.
            roles.sort(key=lambda role: ours.members[role] == call.only)
        elif call.once or not self.is_thorough:
            roles = roles[:1]
        for role in roles:
            member = ours.members[role]
            found = self.cell(route, call, ours, member.user, who=role)
            cell = self.name(route, call, role)
            wanted = call.expected if call.only in (None, member) else 404
            self.report.expect(cell, found.status, wanted, "status")
        if call.method == "GET":
            part = replace(call, headers=call.headers | {"HX-Request": "true"})
            found = self.cell(route, part, ours, ours.owner.user, who="a fragment")
            cell = self.name(route, call, "a fragment")
            self.report.expect(cell, found.status, call.expected, "status")

    def _check_methods(
        self, route: Route, mine: Call, others: Call, used: set[str]
    ) -> None:
        """What a page does not offer is refused, whoever asks and whatever for."""
        ours, theirs = self.world.ours, self.world.theirs
        known = used | ({"HEAD"} if "GET" in used else set())
        cells = [(theirs, others, method) for method in METHODS if method not in known]
        cells += [
            (ours, mine, method) for method in ("POST", "PUT") if method not in known
        ]
        if mine.method == "GET":
            cells.append((ours, mine, "HEAD"))
        for side, call, method in cells:
            who = f"our owner in {side.tenant.slug}"
            sent = replace(call, method=method, data=None, status=0)
            found = self.cell(route, sent, side, ours.owner.user, who=who)
            wanted = self._refusal(route, method, side, mine)
            self.report.expect(
                self.name(route, sent, who), found.status, wanted, "status"
            )

    def _refusal(self, route: Route, method: str, side: Side, call: Call) -> int:
        if side is self.world.ours:
            return call.expected if method == "HEAD" else 405
        return 405 if route.kind == STORE else 404

    def _may(self, route: Route, call: Call, member: Member) -> bool:
        right = call.right or self.rights.get(route.name)
        return right is None or member.may(right)

    # --- One cell ---------------------------------------------------------------------

    def cell(
        self,
        route: Route,
        call: Call,
        side: Side,
        user: User | None,
        *,
        who: str,
        kept_from: tuple[Side, ...] | None = None,
    ) -> Answer:
        """Send it, and see that nothing of the other store came out or changed."""
        world = self.world
        if kept_from is None:
            kept_from = self._foreign_to(user)
        # Reading is looked at once per address, writing after each try.
        is_reading = call.method != "POST" and call.data is None
        looked_at = () if is_reading else kept_from
        before = {store.tenant.pk: self._print_of(store) for store in looked_at}
        self.watch.take()
        answer = self._send(route, call, self._slug(side), user)
        cell = self.name(route, call, who)
        self.report.count(route.kind, route.name)
        self._check_words(cell, answer, kept_from, call)
        for store in looked_at:
            now = self._print_of(store, fresh=True)
            changed = canary.changed(before[store.tenant.pk], now, call.allows)
            if changed:
                self.report.fail(cell, f"it changed {changed} of {store.tenant.slug}")
            if call.allows:
                self._baseline = now
        if world.ours not in kept_from:
            self._known.pop(world.ours.tenant.pk, None)
        return answer

    def _check_words(
        self, cell: str, answer: Answer, kept_from: tuple[Side, ...], call: Call
    ) -> None:
        """Nothing of these stores is in the answer, the logs or what was started."""
        named = self.watch.tenants()
        out = answer.words() + self.watch.take()
        for store in kept_from:
            if store.word in out:
                self.report.fail(cell, f"it shows words of {store.tenant.slug}")
            if canary.SECRET in out:
                self.report.fail(cell, "it shows a secret")
            if store.tenant.pk in named and not call.allows:
                self.report.fail(cell, f"it starts work for {store.tenant.slug}")

    def _foreign_to(self, user: User | None) -> tuple[Side, ...]:
        """The stores whose rows this person must not read or change."""
        stores = (self.world.ours, self.world.theirs)
        return tuple(store for store in stores if user not in _people(store))

    def _print_of(self, store: Side, *, fresh: bool = False) -> dict[str, str]:
        pk = store.tenant.pk
        if fresh or pk not in self._known:
            self._known[pk] = self.prints.take(pk)
        return self._known[pk]

    def _send(self, route: Route, call: Call, slug: str, user: User | None) -> Answer:
        client = Client(raise_request_exception=False)
        if user is not None:
            client.cookies = self._cookie(user)
        values = {key: plain(value) for key, value in call.kwargs.items()}
        path = route.address(values | {"store": slug})
        headers = {"Accept-Language": "en", **call.headers}
        if route.kind in (API, CALLBACKS):
            headers["X-Store"] = slug
        body: dict[str, Any] = {}
        if call.method not in ("GET", "HEAD") and call.data is not None:
            body = _body(plain(call.data), as_json=route.kind in (API, CALLBACKS))
        with no_tenant_scope():
            response = client.generic(
                call.method,
                path,
                QUERY_STRING=_query(plain(call.query)),
                headers=headers,
                **body,
            )
            return _read(response)

    def _cookie(self, user: User) -> Any:
        if user.pk not in self._cookies:
            client = Client()
            if user.is_staff:
                sign_in_staff(client, user)
            else:
                client.force_login(user)
            client.cookies["django_language"] = "en"
            self._cookies[user.pk] = client.cookies
        return self._cookies[user.pk].copy()

    @staticmethod
    def _slug(side: Side) -> str:
        return str(side.tenant.slug)

    @staticmethod
    def name(route: Route, call: Call, who: object) -> str:
        return f"{call.method} {route.name} by {who}"


def _people(side: Side) -> list[User]:
    return [member.user for member in side.members.values()]


def _query(values: dict[str, Any]) -> str:
    return "&".join(f"{key}={value}" for key, value in values.items())


def _body(data: Any, *, as_json: bool) -> dict[str, Any]:
    if isinstance(data, bytes):
        return {"data": data, "content_type": "application/json"}
    if as_json:
        return {"data": json.dumps(data), "content_type": "application/json"}
    return {
        "data": encode_multipart(BOUNDARY, data),
        "content_type": f"multipart/form-data; boundary={BOUNDARY}",
    }


def _read(response: Any) -> Answer:
    content = (
        b"".join(response.streaming_content) if response.streaming else response.content
    )
    notes = ""
    if hasattr(response, "wsgi_request") and hasattr(
        response.wsgi_request, "_messages"
    ):
        notes = " ".join(str(note) for note in get_messages(response.wsgi_request))
    headers = " ".join(f"{key}: {value}" for key, value in response.headers.items())
    text = _TOKEN.sub("", content.decode("utf-8", "replace"))
    return Answer(
        status=response.status_code,
        text=f"{text} {notes}",
        headers=headers,
        location=response.headers.get("Location", ""),
    )


def _is_same(one: Answer, other: Answer, names: list[str]) -> bool:
    """Whether both say the same, apart from these names and ids."""
    return _nameless(one, names) == _nameless(other, names)


def _difference(one: Answer, other: Answer, names: list[str]) -> str:
    """Where the answer stops being that of no such thing."""
    left, right = (repr(_nameless(answer, names)) for answer in (one, other))
    pairs = enumerate(zip(left, right, strict=False))
    start = next((number for number, (one_, two) in pairs if one_ != two), 0)
    around = slice(max(0, start - 40), start + 80)
    return f"…{left[around]}… differs from no such thing: …{right[around]}…"


def _nameless(answer: Answer, names: list[str]) -> tuple[int, str, str]:
    spelled = {quote(name, safe="") for name in names} | set(names)
    words = sorted(map(re.escape, spelled), key=len, reverse=True)
    pattern = rf"\b(?:{'|'.join(words)})\b"
    text, location = (
        re.sub(pattern, "ID", part) for part in (answer.text, answer.location)
    )
    return answer.status, text, location


def _ids_of(call: Call) -> list[str]:
    return [str(at(call, place).value) for place in places(call)]

"""One crash run: make stores, let lanes work and die, settle down, judge."""

import gc
import json
import mmap
import os
import struct
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from celery import Celery, current_app
from django.conf import settings
from django.db import connections

from bot import bridge
from inventory import receivers
from inventory.suppliers.digiflazz import SPEC as DIGIFLAZZ
from inventory.suppliers.digiflazz import adapter as digiflazz
from payments.gateways.tripay import SPEC as TRIPAY
from payments.gateways.tripay import adapter as tripay
from ppob.kit import clock, live
from ppob.local import paths
from tests import databases
from tests.crash import acts, points, quiet
from tests.crash.children import Rehearsal
from tests.crash.clock import SharedClock
from tests.crash.gateway import OutsideGateway, make_gateway
from tests.crash.lane import Broker, Lane, Report
from tests.crash.outside import Outside
from tests.crash.script import LEADS
from tests.crash.serving import served
from tests.crash.supplier import OutsideSupplier, make_supplier
from tests.crash.supplier_acts import OWNERS_WORD
from tests.crash.verdict import Found, Judge
from tests.crash.world import Store, make_stores
from tests.emptying import Emptier
from tests.payments.invariants import all_invariants

REHEARSED = 12
AIMED_CASES = 200  # until a place that nobody died at is given up


@dataclass(frozen=True)
class Plan:
    """How long a run is. `cases` per lane ends it, too, so that it can be replayed."""

    seed: int
    kills: int
    lanes: int = 2
    cases: int = 1_000_000
    aims: bool = True  # afterwards, die at each place where nobody has died yet
    twins: bool = True  # two at once race; without, one lane replays to the letter
    always_at: str = ""  # die at this place whenever it is reached, and only there


@dataclass
class Result:
    """What a run did and what it found; `found` is empty when all is well."""

    plan: Plan
    kills: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    schedules: list[str] = field(default_factory=list)
    journals: list[str] = field(default_factory=list)
    found: Found = field(default_factory=dict)
    rules: int = 0
    secs: float = 0

    @property
    def killed(self) -> int:
        return sum(self.kills.values())


class Installation:
    """Database, gateway and Discord of a process that runs one run after the other."""

    def __init__(
        self,
        clock: SharedClock,
        gateway_url: str,
        supplier_url: str,
        superuser: psycopg.Connection[Any],
        emptier: Emptier,
    ) -> None:
        self.clock, self.superuser, self.emptier = clock, superuser, emptier
        self.gateway_url, self.supplier_url = gateway_url, supplier_url
        self._count = mmap.mmap(-1, 8)
        self._rehearse()

    def run(self, plan: Plan) -> Result:
        """One whole run on empty tables."""
        started = time.monotonic()
        result = Result(plan)
        with self._patched():
            stores = self._fresh_stores()
            reports = self._lanes(stores, plan)
            if plan.aims:
                reports += self._aim(stores, plan, reports)
            result.found = self._judge(stores, reports)
        for report in reports:
            result.kills += report.kills
            result.reached += report.reached
            result.refusals += report.refusals
            result.cases += report.cases
        result.schedules = [report.schedule for report in reports]
        result.journals = [report.journal for report in reports]
        result.rules = len(all_invariants())
        result.secs = time.monotonic() - started
        return result

    def _rehearse(self) -> None:
        """Load and compile here what every child would have to otherwise."""
        with self._patched():
            broker = Broker()
            with patch.object(Celery, "send_task", broker.send_task):
                stores, outside = self._fresh_stores(), self._outside()
                lane = Lane(stores, outside, "warm", broker, worker=Rehearsal)
                for case in range(REHEARSED):
                    lane.run_case(case)
                quiet.settle_down(outside, broker, stores, pauses=(1,))
                outside.close()
            self._let_go()

    @contextmanager
    def _patched(self) -> Iterator[None]:
        """Our clock; nudges, which carry nothing, stay away."""
        with (
            patch.object(clock, "now", self.clock.now),
            patch.object(live, "announce", lambda *arguments, **ids: None),
            patch.object(receivers, "CHECK_AFTER_SECS", 0.0),  # real time plays no part
        ):
            yield

    def _fresh_stores(self) -> list[Store]:
        self.emptier.empty()
        self.clock.restart()
        self._count[:] = bytes(8)
        acts.DISCORD.forget()
        outside = self._outside()
        outside.gateway.forget()
        outside.supplier.forget()
        outside.close()
        with patch.object(Celery, "send_task", Broker().send_task):
            stores = make_stores()
        self._let_go()
        return stores

    def _let_go(self) -> None:
        """Nothing that a child could share with its parent stays open."""
        for connection in connections.all(initialized_only=True):
            connection.close()
        bridge._pool.shutdown()
        bridge._pool = ThreadPoolExecutor(bridge.THREADS)
        tripay._client.forget()
        digiflazz._client.forget()
        # Made here once; each child connects by itself.
        tripay._client(f"{self.gateway_url}/{TRIPAY.code}")
        digiflazz._client(f"{self.supplier_url}/{DIGIFLAZZ.code}")
        gc.collect()
        gc.freeze()

    def _lanes(self, stores: list[Store], plan: Plan) -> list[Report]:
        running = [
            _fork(lambda lane=lane: self._live(stores, plan, lane))  # type: ignore[misc]
            for lane in range(plan.lanes)
        ]
        return [_reap(*lane) for lane in running]

    def _live(self, stores: list[Store], plan: Plan, number: int) -> Report:
        lane = self._lane(stores, f"{plan.seed}:{number}")
        lane.always_at, lane.has_twins = plan.always_at, plan.twins
        if not plan.twins:
            patch.object(bridge, "_run", acts.in_turn).start()
        for case in range(plan.cases):
            before = lane.report.killed
            lane.run_case(case)
            if self._add(lane.report.killed - before) >= plan.kills:
                break
        return lane.finish()

    def _aim(
        self, stores: list[Store], plan: Plan, reports: list[Report]
    ) -> list[Report]:
        """Die where nobody has died."""
        done = sum((report.kills for report in reports), Counter())
        missing: dict[str, list[str]] = {}
        for name in points.in_scope():
            if not done[name]:
                missing.setdefault(_base(name), []).append(name)
        sure: dict[str, set[str]] = {}
        for report in reports:
            for point, steps in report.by_step.items():
                sure.setdefault(_base(point), set()).update(steps)
        running = [
            _fork(partial(self._take_aim, stores, plan, number, missing, sure))
            for number in range(plan.lanes)
            if missing
        ]
        return [_reap(*lane) for lane in running]

    def _take_aim(
        self,
        stores: list[Store],
        plan: Plan,
        number: int,
        missing: dict[str, list[str]],
        sure: dict[str, set[str]],
    ) -> Report:
        lane = self._lane(stores, f"{plan.seed}:aimed{number}")
        case = 0
        for base, names in list(missing.items())[number :: plan.lanes]:
            learnt = {
                step
                for point, steps in lane.report.by_step.items()
                if _base(point) == base
                for step in steps
            }
            lane.sure = sure.get(base, set()) | learnt | set(LEADS.get(base, ()))
            # Who died before the commit tries again, and can die after it.
            lane.aims = sorted(names, reverse=True)
            for _ in range(AIMED_CASES):
                if not lane.aim:
                    break
                lane.run_case(case)
                case += 1
        return lane.finish()

    def _lane(self, stores: list[Store], seed: str) -> Lane:
        broker = Broker()
        patch.object(Celery, "send_task", broker.send_task).start()
        return Lane(stores, self._outside(), seed, broker)

    def _outside(self) -> Outside:
        return Outside(
            OutsideGateway(self.gateway_url),
            OutsideSupplier(self.supplier_url),
            self.clock,
        )

    def _add(self, kills: int) -> int:
        (count,) = struct.unpack_from("q", self._count, 0)
        struct.pack_into("q", self._count, 0, count + kills)
        return int(count) + kills

    def _judge(self, stores: list[Store], reports: list[Report]) -> Found:
        broker, outside = Broker(), self._outside()
        with patch.object(Celery, "send_task", broker.send_task):
            started = time.monotonic()
            problems = quiet.settle_down(outside, broker, stores)
            self.quiet_secs = time.monotonic() - started
        truths = [report.truth for report in reports]
        judge = Judge(self.superuser, now=clock.now())
        found: Found = {
            "unexpected errors": problems
            + [line for each in reports for line in each.problems],
            **judge.rules(),
            **judge.nothing_waits(),
            **judge.money(
                outside.gateway.captured(),
                [ref for truth in truths for ref in truth["transfers"]],
            ),
            **judge.charges(outside.gateway.asked()),
            **judge.purchases(
                outside.supplier.sold(),
                {ref for truth in truths for ref in truth["changed"]},
            ),
            **judge.codes(
                stores,
                {code for truth in truths for _product, code in truth["codes"]},
                {
                    "seen": [
                        (order, code)
                        for truth in truths
                        for order, code in truth["seen"]
                        if code != OWNERS_WORD
                    ],
                    "serial numbers": [each["sn"] for each in outside.supplier.sold()],
                },
            ),
            **judge.messages(acts.DISCORD),
        }
        outside.close()
        self._let_go()
        return {rule: rows for rule, rows in found.items() if rows}


@contextmanager
def installed() -> Iterator[Installation]:
    """A fresh database on running servers, and a gateway."""
    current_app.loader.import_default_modules()
    databases.make_database(settings.DATABASE)
    clock = SharedClock()
    with (
        tempfile.TemporaryDirectory() as name,
        served(partial(make_gateway, Path(name))) as gateway_url,
        served(partial(make_supplier, Path(name), clock)) as supplier_url,
        psycopg.connect(
            paths.superuser_dsn(settings.DATABASE), autocommit=True
        ) as superuser,
        Emptier(paths.superuser_dsn(settings.DATABASE)) as emptier,
    ):
        settings.GATEWAY_SIMULATOR_URL = gateway_url
        settings.SUPPLIER_SIMULATOR_URL = supplier_url
        try:
            yield Installation(clock, gateway_url, supplier_url, superuser, emptier)
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()


def _fork(work: Any) -> tuple[int, int]:
    """Run `work` in a process of its own; its pid and where its report can be read."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    code = 1
    try:
        os.close(reader)
        with os.fdopen(writer, "w") as stream:
            json.dump(vars(work()), stream)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _reap(pid: int, reader: int) -> Report:
    with os.fdopen(reader) as stream:
        said = stream.read()
    _pid, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"A lane ended with status {status}.")
    content = json.loads(said)
    for name in ("kills", "reached", "refusals"):
        content[name] = Counter(content[name])
    return Report(**content)


def _base(point: str) -> str:
    """What a commit's or call's two failpoints have in common."""
    return point.partition(":")[0]


def unreached(result: Result) -> list[str]:
    """The failpoints at which nobody died."""
    return [name for name in points.in_scope() if not result.kills[name]]

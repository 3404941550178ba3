"""A lane: one sale after the other, each step in a child that may be killed."""

import hashlib
import json
import os
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ppob.kit.scope import tenant_scope
from tests.crash import acts, supplier_acts
from tests.crash.children import DONE, FAILED, KILLED, Armed, Outcome, Tally, Worker
from tests.crash.outside import TOO_LONG_SECS, Outside
from tests.crash.script import FITTING, SCRIPT, Act, Facts, Step, draw_case, way_to
from tests.crash.world import Store

ATTEMPTS = 6  # the last one is left in peace
ARMED = 0.7
HINT_TAKEN = 0.7
HINT_TAKEN_AIMING = (0.9, 0.3)  # in turn: some places need the hint, others its loss
JOB_TURNS = 8
PAUSES = (0, 0, 2, 61)  # seconds until somebody tries again
NEWS = ("body", "supplier_body")  # written when the step comes
MANY_PROBLEMS = 20
WAYS = {"choose_other": "other_method", "top_up": "deposit"}
BOOST = 4  # of every chance, where nobody knows what leads to a failpoint
TIDY_EVERY = 8
TIDYING = (
    "payments.expire_orders",
    "payments.expire_deposits",
    "inventory.release_expired_holds",
    "bot.close_finished_tickets",
)
ROW_IDS = ("product", "customer", "fresh_codes")
ONE_ORDER = ("place_top_up", "place_order", "place_and_choose")
MANY_HINTS = 6  # at one moment; those behind them are lost


@dataclass
class Report:
    """What a lane did."""

    kills: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    schedule: str = ""  # a digest of what was planned, from the seed alone
    journal: str = ""  # a digest of where what died
    problems: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    truth: dict[str, Any] = field(default_factory=dict)
    by_step: dict[str, dict[str, bool]] = field(default_factory=dict)

    @property
    def killed(self) -> int:
        return sum(self.kills.values())


class Broker:
    """Takes the jobs that children ask for, over a pipe that no kill empties."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)

    def send_task(self, name: str, kwargs: Facts | None = None, **options: Any) -> None:
        os.write(self._writer, (json.dumps([name, kwargs]) + "\n").encode())

    def take(self) -> list[tuple[str, Facts]]:
        """The jobs asked for since the last time."""
        try:
            said = os.read(self._reader, 1 << 20)
        except BlockingIOError:
            return []
        return [tuple(json.loads(line)) for line in said.splitlines()]


class Lane:
    """Works through cases. Everything it decides follows from `seed`."""

    def __init__(
        self,
        stores: list[Store],
        outside: Outside,
        seed: str,
        broker: Broker,
        *,
        worker: type[Worker] = Worker,
    ) -> None:
        self.stores, self.outside, self.seed = stores, outside, seed
        self.report = Report()
        self.aims: list[str] = []  # where to die, one after the other
        self.always_at = ""
        self.has_twins = True
        self._step = ""
        self._hint_taken = HINT_TAKEN
        self.sure: set[str] = set()  # steps that lead to the aim
        self._broker = broker
        self._workers = (worker(Tally()), worker(Tally()))
        self._schedule, self._journal = hashlib.sha256(), hashlib.sha256()

    @property
    def aim(self) -> str:
        return self.aims[0] if self.aims else ""

    def run_case(self, number: int) -> None:
        """One sale, from beginning to end."""
        if number % TIDY_EVERY == 0 or self.aim:
            self._tidy(number)
        label = f"{self.seed}:{number}"
        rng = random.Random(label)
        store = rng.choice(self.stores)
        aim = self.aim
        sure = self.sure if aim else set()
        self._hint_taken = HINT_TAKEN_AIMING[number % 2] if aim else HINT_TAKEN
        case = draw_case(rng, store, label, way_to(sure))
        case |= FITTING.get(aim.partition(":")[0], {})
        case = {fact: what for fact, what in case.items() if what is not None}
        drawn = {fact: what for fact, what in case.items() if fact not in ROW_IDS}
        self._schedule.update(json.dumps(drawn).encode())
        likelier = BOOST if aim and not sure else 1
        for place, step in enumerate(SCRIPT):
            chance = rng.random()
            if chance < likelier * step.chance or step.name in sure:
                self._take_step(step, store, case, f"{label}:{place}")
            if aim and not self.aim:
                break  # it has died where it should
        self.report.cases += 1

    def _tidy(self, number: int) -> None:
        """Time passes and nobody dies: what earlier cases left open comes to its end.

        Otherwise buyers would have too many open tickets, and stores too little stock.
        """
        self.outside.clock.advance(TOO_LONG_SECS)
        works = [partial(acts.run_job, name, {}) for name in TIDYING]
        works += [
            partial(_in_store, supplier_acts.switch_on, store, {})
            for store in self.stores
        ]
        self._step = "tidy"
        for work in works:
            self._run([work], [None], f"{self.seed}:{number}:tidy", "tidy")
        self._broker.take()

    def finish(self) -> Report:
        """Send the workers home; the report, complete."""
        for worker in self._workers:
            worker.stop()
        self.report.schedule = self._schedule.hexdigest()[:16]
        self.report.journal = self._journal.hexdigest()[:16]
        self.report.truth = asdict(self.outside.truth)
        return self.report

    def _take_step(self, step: Step, store: Store, case: Facts, label: str) -> None:
        rng, self._step = random.Random(label), step.name
        known = {**case, **case.get(f"paid by {step.by}", {})}
        if step.by and f"paid by {step.by}" not in case:
            return
        if any(fact in case for fact in step.lacks):
            return
        if step.outside is not None and self._has(step.needs, known, but=NEWS):
            self.outside.rng = rng
            step.outside(self.outside, store, known)
            case.update({fact: True for fact in known if fact.startswith("has_")})
        if not (step.work or step.job) or not self._has(step.needs, known):
            return
        while True:
            learnt = self._until_done(step, store, known, label, rng)
            self._learn(step, store, case, learnt)
            if rng.random() >= step.again:
                return

    @staticmethod
    def _has(
        needs: tuple[str, ...], known: Facts, *, but: tuple[str, ...] = ()
    ) -> bool:
        return all(fact in known for fact in needs if fact not in but)

    def _until_done(
        self, step: Step, store: Store, known: Facts, label: str, rng: random.Random
    ) -> Facts:
        """Try until a child ends by itself; the facts it brought."""
        work = step.job or partial(_in_store, step.work, store, known)
        works = [work]
        if rng.random() < step.twin and self.has_twins:
            works.append(step.rival or work)
        for attempt in range(ATTEMPTS):
            arms = [self._arm(rng, step.turns, attempt) for _ in works]
            outcomes = self._run(works, arms, f"{label}:{attempt}", step.name)
            self._take_hints(rng, f"{label}:{attempt}")
            if outcomes[0].kind != KILLED:
                return outcomes[0].facts if outcomes[0].kind == DONE else {}
            works = works[:1]
            self.outside.clock.advance(rng.choice(PAUSES))
        raise AssertionError("an attempt left in peace was killed")

    def _arm(self, rng: random.Random, turns: int, attempt: int) -> Armed | None:
        turn, is_armed = rng.randint(1, turns), rng.random() < ARMED
        if attempt == ATTEMPTS - 1:
            return None
        if self.aim or self.always_at:
            return Armed(1, self.aim or self.always_at)
        return Armed(turn) if is_armed else None

    def _run(
        self, works: list[Any], arms: list[Armed | None], label: str, name: str
    ) -> list[Outcome]:
        busy = self._workers[: len(works)]
        for place, (worker, work, armed) in enumerate(
            zip(busy, works, arms, strict=True)
        ):
            worker.start(work, armed=armed, seed=f"{label}:{place}")
        outcomes = []
        for worker in busy:
            outcome, reached = worker.wait()
            self.report.reached += reached
            for point in reached:
                self.report.by_step.setdefault(point, {})[self._step] = True
            self._note(outcome, label, name)
            outcomes.append(outcome)
        return outcomes

    def _note(self, outcome: Outcome, label: str, name: str) -> None:
        self._journal.update(f"{label} {name} {outcome.kind} {outcome.at}\n".encode())
        if outcome.kind == KILLED:
            self.report.kills[outcome.at] += 1
            if outcome.at == self.aim:
                self.aims.pop(0)
        elif outcome.kind == FAILED and len(self.report.problems) < MANY_PROBLEMS:
            self.report.problems.append(f"{name}: {outcome.facts['error']}")
        elif "code" in outcome.facts:
            self.report.refusals[f"{name}: {outcome.facts['code']}"] += 1
        for line in outcome.facts.pop("logged", []):
            if len(self.report.problems) < MANY_PROBLEMS:
                self.report.problems.append(f"{name}: {line}")

    def _take_hints(self, rng: random.Random, label: str) -> None:
        """A worker takes most jobs; the others are lost with the broker."""
        for number, (name, arguments) in enumerate(self._broker.take()[:MANY_HINTS]):
            if rng.random() < self._hint_taken:
                self._run(
                    [partial(acts.run_job, name, arguments)],
                    [self._arm(rng, JOB_TURNS, 0)],
                    f"{label}:job{number}",
                    name,
                )

    def _learn(self, step: Step, store: Store, case: Facts, learnt: Facts) -> None:
        """Keep what the child found out, and what somebody saw."""
        if not learnt:
            return
        if "payment" in learnt:
            way = WAYS.get(step.name, "method")
            case[f"paid by {case.get(way, way)}"] = learnt
        elif "codes" in learnt:
            self.outside.truth.seen += [
                (case["order"], code) for code in learnt["codes"]
            ]
        else:
            if (
                step.name in ONE_ORDER
                and case.get("order", learnt["order"]) != learnt["order"]
            ):
                self.report.problems.append(f"{step.name}: one click, two orders")
            case.update(learnt)


def _in_store(work: Act | None, store: Store, known: Facts) -> Facts:
    assert work is not None
    with tenant_scope(store.tenant_id):
        return work(store, known)

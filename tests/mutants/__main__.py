"""Plant faults and see whether the tests notice: `make mutants` or this module.

python -m tests.mutants                      all of them
python -m tests.mutants --list               what there is
python -m tests.mutants --only money         one area
python -m tests.mutants --only "the cap"     by a part of the name
python -m tests.mutants --sample 20 --seed 3 some of them, drawn at random
"""

import argparse
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants import workshop
from tests.mutants.faults import MUTANTS
from tests.mutants.mutant import DoesNotApply, Mutant
from tests.mutants.workshop import Outcome, Running, Workshop

ENOUGH = 95  # per cent
SECS = 240  # for one fault
CONTROL_SECS = 3_600

NOTICED, SURVIVED = "noticed", "survived"
TIMED_OUT, BROKEN = "time-out", "broken"
NO_LONGER_APPLIES = "no longer applies"
VERDICTS = (NOTICED, SURVIVED, TIMED_OUT, BROKEN, NO_LONGER_APPLIES)


@dataclass
class Run:
    """What is known so far."""

    verdicts: dict[str, str] = field(default_factory=dict)
    lived: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def say(
        self, mutant: Mutant, verdict: str, *, secs: float = 0, by: str = ""
    ) -> None:
        self.verdicts[mutant.key] = verdict
        if verdict != NOTICED:
            self.lived.append(f"{verdict}: {mutant.key} ({mutant.file})")
        hint = f"  {by}" if by else ""
        print(f"{verdict:17} {secs:6.1f} s  {mutant.key}{hint}", flush=True)


def main() -> int:
    arguments = _parser().parse_args()
    chosen = _chosen(arguments)
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant.key}\n    {mutant.file} {mutant.within}")
        print(f"{len(chosen)} faults")
        return 0
    if not chosen:
        print("There is no such fault.")
        return 2
    # Whoever ends this run ends its servers and copies, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = Run()
    fitting = _fitting(chosen, run)
    with workshop.opened(workers=arguments.workers) as opened:
        if not arguments.no_control and not _control(opened, fitting):
            return 2
        _plant(opened, fitting, run)
    return _report(chosen, run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--only", action="append", help="an area or part of a name")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    parser.add_argument("--sample", type=int, help="so many, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="what the drawing follows")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument(
        "--no-control",
        action="store_true",
        help="believe that the named tests pass without a fault",
    )
    return parser


def _chosen(arguments: argparse.Namespace) -> list[Mutant]:
    chosen = [
        mutant
        for mutant in MUTANTS
        if not arguments.only or any(part in mutant.key for part in arguments.only)
    ]
    if arguments.sample is not None and arguments.sample < len(chosen):
        drawn = random.Random(arguments.seed).sample(chosen, arguments.sample)
        chosen = [mutant for mutant in chosen if mutant in drawn]
    return chosen


def _fitting(chosen: list[Mutant], run: Run) -> list[Mutant]:
    fitting = []
    for mutant in chosen:
        try:
            mutant.planted_in((workshop.ROOT / mutant.file).read_text())
        except (DoesNotApply, FileNotFoundError) as reason:
            run.say(mutant, NO_LONGER_APPLIES, by=str(reason))
        else:
            fitting.append(mutant)
    return fitting


def _control(opened: Workshop, fitting: list[Mutant]) -> bool:
    """Whether every named test passes while nothing is planted."""
    started = time.monotonic()
    named = sorted({test for mutant in fitting for test in mutant.tests})
    # A test of a file that is named as a whole runs once.
    whole = {test for test in named if "::" not in test}
    named = [
        test for test in named if test in whole or test.split("::")[0] not in whole
    ]
    shares = [named[number :: len(opened.trees)] for number in range(len(opened.trees))]
    trees = {}
    for share in filter(None, shares):
        running = opened.start(share, stops_at_first=False)
        trees[running.pid] = running
    fine = True
    while trees:
        for running in list(trees.values()):
            outcome = opened.poll(running, secs=CONTROL_SECS)
            if outcome is None:
                continue
            opened.trees.append(trees.pop(running.pid).tree)
            if outcome.status != 0:
                fine = False
                print(
                    f"Without a fault, these fail: {outcome.failed or outcome.status}"
                )
                print(_end_of(outcome.log))
        time.sleep(0.1)
    print(f"Control: {len(named)} tests and files, {time.monotonic() - started:.0f} s")
    return fine


def _plant(opened: Workshop, fitting: list[Mutant], run: Run) -> None:
    waiting = list(fitting)
    at_work: list[tuple[Mutant, Running, str]] = []
    while waiting or at_work:
        while waiting and opened.trees:
            mutant = waiting.pop(0)
            file = opened.trees[-1] / mutant.file
            text = file.read_text()
            file.write_text(mutant.planted_in(text))
            running = opened.start(list(mutant.tests), migrates=mutant.migrates)
            at_work.append((mutant, running, text))
        for each in list(at_work):
            mutant, running, text = each
            outcome = opened.poll(running, secs=SECS)
            if outcome is None:
                continue
            at_work.remove(each)
            (running.tree / mutant.file).write_text(text)
            opened.trees.append(running.tree)
            _judge(mutant, outcome, run)
        time.sleep(0.05)


def _judge(mutant: Mutant, outcome: Outcome, run: Run) -> None:
    by = ", ".join(test.rpartition("::")[2] for test in outcome.failed)
    if outcome.status is None:
        run.say(mutant, TIMED_OUT, secs=outcome.secs)
    elif outcome.status == 0:
        run.say(mutant, SURVIVED, secs=outcome.secs)
    elif outcome.status == 1:
        run.say(mutant, NOTICED, secs=outcome.secs, by=by)
    else:  # the tests could not be collected or the database not made
        run.say(mutant, BROKEN, secs=outcome.secs, by=by)
        print(_end_of(outcome.log))


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])


def _report(chosen: list[Mutant], run: Run) -> int:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in chosen:
        for row in (mutant.area, "all"):
            table[row][run.verdicts[mutant.key]] += 1
    rows = [*(row for row in table if row != "all"), "all"]
    print(
        f"\n{'':10}{'planted':>9}" + "".join(f"{verdict:>19}" for verdict in VERDICTS)
    )
    for row in rows:
        counts = table[row]
        print(
            f"{row:10}{counts.total():9}"
            + "".join(f"{counts[verdict]:19}" for verdict in VERDICTS)
        )
    for line in run.lived:
        print(line)
    total = table["all"]
    score = 100 * total[NOTICED] / total.total()
    minutes = (time.monotonic() - run.started) / 60
    print(f"\n{score:.1f} % noticed ({ENOUGH} % are enough), {minutes:.1f} minutes")
    is_fine = score >= ENOUGH and not total[NO_LONGER_APPLIES] and not total[BROKEN]
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())

"""Processes die at every failpoint, and nothing is lost, doubled or forgotten."""

from collections import Counter

import pytest

from tests.crash.mutants import MUTANTS

KILLS = 1_000
SEED = 20_260_314


@pytest.mark.timeout(600)
def test_a_thousand_killed_processes_lose_and_double_nothing(crash):
    told = crash(seed=SEED, kills=KILLS, lanes=2)

    assert told["found"] == {}, f"seed {SEED}"
    assert told["kills"] >= KILLS
    assert told["unreached"] == []


@pytest.mark.timeout(300)
def test_the_same_seed_dies_in_the_same_places(crash):
    """Two runs of one seed agree to the letter.

    A third one decides when a loaded machine has let a wait end differently once.
    """
    plan = {"seed": 7, "kills": 1_000, "lanes": 1, "cases": 3, "aims": False}
    plan["twins"] = False  # who of two wins a race is not the seed's to say

    runs = [crash(**plan), crash(**plan)]
    if runs[0]["journals"] != runs[1]["journals"]:
        runs.append(crash(**plan))

    assert [each["found"] for each in runs] == [{}] * len(runs)
    assert len({str(each["schedules"]) for each in runs}) == 1
    [(_journal, often)] = Counter(str(each["journals"]) for each in runs).most_common(1)
    assert often >= 2
    assert runs[-1]["kills"] > 10


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_crash_run_notices(crash, mistake):
    told = crash(seed=3, kills=150, lanes=1, cases=14, aims=False, mutant=mistake)

    assert told["found"] != {}
    assert told["kills"] <= 200

"""Servers die while people buy; a minute later everything is as it should be.

`make faults` does the same for longer and in more ways.
"""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

MINUTE = 60


def test_a_hundred_orders_end_right_after_both_servers_died_without_a_bot(faults):
    told = faults("recovery")

    assert told["found"] == {}
    assert told["ended_secs"] < MINUTE
    assert told["messages"] > told["of_these_before"] > 0
    # A worker that lost both servers at once may end; its supervisor starts another.
    assert set(told["ended_by_themselves"]) <= {"worker"}


def test_postgresql_crashes_while_several_processes_sell(faults):
    told = faults("restarts")

    assert told["found"] == {}
    assert told["restarts"] == 3
    assert told["unknown"] > 0
    assert told["ended_by_themselves"] == {}


def test_killed_workers_leave_nothing_undone(faults):
    told = faults("workers")

    assert told["found"] == {}
    assert told["ended_secs"] < MINUTE
    assert told["drained_secs"] < MINUTE


def test_people_buy_while_valkey_takes_nothing(faults):
    told = faults("valkey")

    # Celery's worker may give up over it; then the supervisor starts it again.
    assert told["found"] == {}
    assert told["bought_meanwhile"] > 0
    assert told["drained_secs"] < MINUTE

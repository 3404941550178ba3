import os
import signal
import subprocess
import sys

import psutil
import pytest

from ppob.local import processes
from ppob.local.processes import Program

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def sleeper():
    process = processes.spawn(Program(name="sleeper", command=SLEEP))
    yield process
    processes.end_group(process)


def test_a_folder_has_one_holder_and_is_free_afterwards(tmp_path):
    with processes.data_folder_lock(tmp_path):
        with (
            pytest.raises(processes.DataFolderInUse, match=str(os.getpid())),
            processes.data_folder_lock(tmp_path),
        ):
            pass
        assert processes.lock_holder(tmp_path) == os.getpid()

    assert processes.lock_holder(tmp_path) is None


def test_a_folder_that_does_not_exist_has_no_holder(tmp_path):
    assert processes.lock_holder(tmp_path / "none") is None


def test_left_overs_of_a_killed_run_are_ended(tmp_path, sleeper):
    processes.record(tmp_path, [(Program(name="sleeper", command=SLEEP), sleeper.pid)])

    assert processes.end_left_overs(tmp_path) == 1

    assert sleeper.wait() == -signal.SIGTERM
    assert processes.end_left_overs(tmp_path) == 0


def test_a_left_over_that_ignores_its_signal_is_killed(tmp_path):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)"
    )
    program = Program(name="deaf", command=(sys.executable, "-c", deaf))
    process = processes.spawn(program)
    process.stdout.readline()
    processes.record(tmp_path, [(program, process.pid)])

    processes.end_left_overs(tmp_path, grace_secs=0.1)

    assert process.wait() == -signal.SIGKILL
    processes.end_group(process)


def test_a_process_that_took_over_a_recorded_number_is_left_alone(tmp_path, sleeper):
    processes.record(tmp_path, [(Program(name="sleeper", command=SLEEP), sleeper.pid)])
    record = tmp_path / processes.RECORD_NAME
    started = str(psutil.Process(sleeper.pid).create_time())
    record.write_text(record.read_text().replace(started, "1000.0"))

    assert processes.end_left_overs(tmp_path) == 0
    assert sleeper.poll() is None


def test_a_program_that_ends_at_once_is_reported_with_its_last_words(tmp_path):
    program = Program(
        name="broken",
        command=(sys.executable, "-c", "print('no such table'); raise SystemExit(3)"),
        probe=lambda: False,
        log=tmp_path / "broken.log",
    )
    process = processes.spawn(program)

    with pytest.raises(processes.StartFailed, match=r"code 3\.\n +no such table"):
        processes.wait_until_ready(program, process)


def test_a_program_that_is_never_ready_is_reported(sleeper):
    program = Program(name="sleeper", command=SLEEP, probe=lambda: False)

    with pytest.raises(processes.StartFailed, match="not ready after 0 s"):
        processes.wait_until_ready(program, sleeper, limit_secs=0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's")
def test_a_program_dies_with_whoever_started_it(wait_for):
    script = (
        "import sys\n"
        "from ppob.local import processes\n"
        f"program = processes.Program(name='child', command={SLEEP!r})\n"
        "print(processes.spawn(program).pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()

    wait_for(lambda: not child.is_running() or child.status() == "zombie")

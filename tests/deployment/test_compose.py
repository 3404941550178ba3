"""The image, compose.yaml and the sample environment agree with the product."""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from django.core.management import get_commands

from ppob import env
from ppob.local import paths, postgres
from tests.deployment.shipped import (
    COMPOSE,
    COMPOSE_FILE,
    ONE_SHOT,
    PRODUCT,
    SERVICES,
    environment_of,
    read_sample,
    templates,
)

SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
PIN = {"PYTHON_IMAGE", "POSTGRES_IMAGE", "VALKEY_IMAGE", "PROXY_IMAGE"}

APP, PLATFORM, OWNER = "DATABASE_URL", "DATABASE_PLATFORM_URL", "DATABASE_OWNER_URL"
QUEUE, SIGNING, MASTER = "REDIS_URL", "PPOB_SECRET_KEY", "PPOB_MASTER_KEYS"
BOT, OAUTH = "DISCORD_BOT_TOKEN", "DISCORD_CLIENT_SECRET"
SECRETS_OF = {
    "proxy": set(),
    "postgres": {
        "POSTGRES_PASSWORD",
        "PPOB_OWNER_PASSWORD",
        "PPOB_APP_PASSWORD",
        "PPOB_PLATFORM_PASSWORD",
    },
    "valkey": {"VALKEY_PASSWORD"},
    "migrate": {APP, PLATFORM, OWNER},
    "web": {APP, PLATFORM, QUEUE, SIGNING, MASTER, BOT, OAUTH},
    "ws": {APP, PLATFORM, QUEUE, SIGNING},
    "worker": {APP, PLATFORM, QUEUE, MASTER},
    "beat": {QUEUE},
    "bot": {APP, PLATFORM, QUEUE, MASTER, BOT},
}
# Values of the sample environment that nobody may read who has no need to.
SECRET_VALUE = re.compile(r"change-me-\d|Y2hhbmdlLW1l")

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
if settings.DATABASES["default"] and "PPOB_SECRET_KEY" in os.environ:
    call_command("check", deploy=True, fail_level="ERROR")
print(json.dumps({
    "asked": sorted(asked),
    "users": {name: db.get("USER", "") for name, db in settings.DATABASES.items()},
    "debug": settings.DEBUG,
    "simulated": settings.IS_SIMULATED,
    "broker": settings.CELERY_BROKER_URL,
}))
"""


@cache
def settings_of(service: str) -> dict:
    """What the settings are in a container of this service."""
    answer = subprocess.run(
        [sys.executable, "-c", READ_SETTINGS],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(paths.ROOT),
            "DJANGO_SETTINGS_MODULE": "ppob.settings",
            **environment_of(service),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_compose_yaml_is_what_the_specification_allows():
    problems = jsonschema.Draft7Validator(SCHEMA).iter_errors(COMPOSE)

    assert [problem.message for problem in problems] == []


def test_the_specification_would_notice_a_misspelt_word():
    wrong = {**COMPOSE, "services": {"web": {**SERVICES["web"], "cap-drop": ["ALL"]}}}

    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(wrong)


def test_every_process_of_the_product_is_a_service():
    assert {"migrate", "web", "ws", "worker", "beat", "bot"} == PRODUCT
    assert set(SERVICES) == PRODUCT | {"postgres", "valkey", "proxy"}
    assert set(env.NEEDS) == PRODUCT
    for name in PRODUCT:
        assert SERVICES[name]["environment"]["PPOB_SERVICE"] == name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_knows_its_own_secrets_and_no_others(name):
    secret = {
        variable
        for variable, value in environment_of(name).items()
        if SECRET_VALUE.search(value)
    }

    assert secret == SECRETS_OF[name]
    if name in PRODUCT:
        assert secret == env.NEEDS[name]


def test_no_secret_stands_outside_of_the_environments():
    elsewhere = [
        key
        for service in SERVICES.values()
        for key, value in service.items()
        if key not in ("environment", "healthcheck")
        and re.search(r"PASSWORD|TOKEN|SECRET|KEYS", json.dumps(value))
    ]

    assert elsewhere == []


def test_only_migrating_knows_the_owner_of_the_tables():
    knows = {name for name in SERVICES if "ppob_owner" in str(environment_of(name))}

    assert knows == {"migrate"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_do_little_to_its_host(name):
    service = SERVICES[name]

    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("privileged", False) is False
    assert service["pids_limit"] <= 400
    assert re.fullmatch(r"\d+(m|g)", service["mem_limit"])
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


def test_only_the_proxy_is_reached_from_outside():
    published = {name for name in SERVICES if "ports" in SERVICES[name]}

    assert published == {"proxy"}


def test_servers_are_reached_only_by_those_who_need_them():
    networks = COMPOSE["networks"]
    internal = {name for name, each in networks.items() if (each or {}).get("internal")}

    def neighbours(network):
        return {name for name in SERVICES if network in SERVICES[name]["networks"]}

    assert set(networks) == internal | {"outside"}
    assert neighbours("outside") == {"proxy", "web", "worker", "bot"}
    assert neighbours("front") == {"proxy", "web", "ws"}
    assert neighbours("data") == {"postgres", *PRODUCT - {"beat"}}
    assert neighbours("queue") == {"valkey", *PRODUCT - {"migrate"}}


def test_every_image_is_one_that_is_pinned():
    built = {SERVICES[name]["build"]["args"]["PYTHON_IMAGE"] for name in PRODUCT}
    pulled = {
        service["image"] for name, service in SERVICES.items() if name not in PRODUCT
    }

    assert built | pulled == {f"${{{name}:?run make pin-images}}" for name in PIN}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check_or_runs_once(name):
    assert ("healthcheck" in SERVICES[name]) != (name in ONE_SHOT)


@pytest.mark.parametrize("name", sorted(PRODUCT - ONE_SHOT))
def test_services_start_after_the_migration(name):
    condition = SERVICES[name]["depends_on"]["migrate"]["condition"]

    assert condition == "service_completed_successfully"


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_the_commands_of_the_services_exist(name):
    program, *arguments = SERVICES[name]["command"]

    if program == "python":
        script, command = arguments[:2]
        assert (paths.ROOT / script).exists()
        assert command in get_commands()
    else:
        location = os.path.join(os.path.dirname(sys.executable), program)
        assert os.access(location, os.X_OK)
    for word in arguments:
        if word.startswith("deploy/"):
            assert (paths.ROOT / word).exists()


def test_the_probes_of_the_services_exist():
    for name in PRODUCT - ONE_SHOT:
        words = " ".join(SERVICES[name]["healthcheck"]["test"])
        for script in re.findall(r"\S+\.py", words):
            assert (paths.ROOT / script).exists()


def test_what_is_mounted_from_here_exists():
    made_by_hand = {"deploy/certs", "deploy/acme"}
    mounted = {
        mount.split(":")[0].removeprefix("./")
        for service in SERVICES.values()
        for mount in service.get("volumes", [])
        if mount.startswith("./")
    }

    assert {
        path for path in mounted - made_by_hand if not (paths.ROOT / path).exists()
    } == set()
    for path in made_by_hand:
        assert path in (paths.ROOT / ".dockerignore").read_text()
        assert path in (paths.ROOT / ".gitignore").read_text()


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_the_settings_read_every_variable_a_container_gets(name):
    unknown = set(environment_of(name)) - set(settings_of(name)["asked"])

    assert unknown == set()


def test_the_proxy_reads_every_variable_it_gets_and_no_other():
    of_the_image = {"NGINX_ENVSUBST_OUTPUT_DIR", "NGINX_ENVSUBST_FILTER"}
    asked = {
        name
        for text in templates().values()
        for name in re.findall(r"\$\{(\w+)\}", text)
    }

    assert asked == set(environment_of("proxy")) - of_the_image


def test_the_sample_environment_names_what_compose_asks_for_and_no_more():
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE_FILE.read_text()))

    assert set(read_sample()) == asked - PIN


def test_containers_run_in_production_mode_with_one_role_per_purpose():
    settings_of_web = settings_of("web")

    assert settings_of_web["debug"] is False
    assert settings_of_web["simulated"] is False
    assert settings_of_web["broker"] == "redis://:change-me-8@valkey:6379/0"
    assert settings_of_web["users"] == {
        "default": "ppob_app",
        "platform": "ppob_platform",
    }
    assert settings_of("migrate")["users"] == {
        "default": "ppob_app",
        "owner": "ppob_owner",
        "platform": "ppob_platform",
    }


def test_the_clock_of_jobs_knows_no_database():
    assert settings_of("beat")["users"] == {"default": "", "platform": ""}


def test_text_sorts_alike_in_containers_and_on_one_machine():
    options = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]

    assert shlex.split(options) == list(postgres.INITDB_OPTIONS)


def test_the_database_container_makes_the_roles_with_passwords():
    service = SERVICES["postgres"]
    asked_in_sql = re.findall(r"\\getenv \w+ (\w+)", postgres.ROLES_FILE.read_text())

    assert any("ppob/local/roles.sql:" in mount for mount in service["volumes"])
    assert len(asked_in_sql) == 3
    assert set(asked_in_sql) <= set(service["environment"])


def test_the_image_brings_no_local_servers_and_no_root():
    dockerfile = (paths.ROOT / "Dockerfile").read_text()

    assert (
        re.findall(r"requirements[\w-]*\.txt", dockerfile) == ["requirements.txt"] * 2
    )
    assert "USER app" in dockerfile
    assert re.search(r"--uid (\d+)", dockerfile)[1] == "10001"
    assert {SERVICES[name]["user"] for name in PRODUCT} == {"10001:10001"}

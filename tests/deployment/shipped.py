"""What is shipped for production: compose.yaml, its sample environment, the proxy."""

import re
from pathlib import Path
from typing import Any

import yaml

from ppob.local import paths

Service = dict[str, Any]

DEPLOY = paths.ROOT / "deploy"
COMPOSE_FILE = paths.ROOT / "compose.yaml"
COMPOSE = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, Service] = COMPOSE["services"]
PRODUCT = {name for name, service in SERVICES.items() if service.get("build")}
ONE_SHOT = {"migrate"}

# What `deploy/pin-images` writes; the digests here belong to no image.
PINNED = {
    f"{name}_IMAGE": f"registry.example/{name.lower()}:1@sha256:{'0' * 64}"
    for name in ("PYTHON", "POSTGRES", "VALKEY", "PROXY")
}


def read_sample() -> dict[str, str]:
    """The variables of docs/env.example."""
    lines = (paths.ROOT / "docs" / "env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def fill_in(text: str) -> str:
    """The text as Compose reads it with the sample environment and pinned images."""
    known = read_sample() | PINNED
    return re.sub(r"\$\{(\w+)(:[-?][^}]*)?\}", lambda match: known[match[1]], text)


def environment_of(service: str) -> dict[str, str]:
    """What a container of this service finds in its environment."""
    variables = SERVICES[service].get("environment", {})
    return {name: fill_in(str(value)) for name, value in variables.items()}


def templates() -> dict[str, str]:
    """The proxy's configuration by the name it has once it is filled in."""
    found = sorted((DEPLOY / "proxy").glob("*.template"))
    return {path.name.removesuffix(".template"): path.read_text() for path in found}


def render_proxy(folder: Path, **changes: object) -> Path:
    """Fill in the proxy's configuration as its container does; the main file.

    `changes` are values that differ from compose.yaml's, without their beginning
    `PPOB_PROXY_`: ports, folders, who stands behind.
    """
    values = environment_of("proxy")
    unknown = {f"PPOB_PROXY_{name}" for name in changes} - set(values)
    assert unknown == set()
    values |= {f"PPOB_PROXY_{name}": str(value) for name, value in changes.items()}
    for name, text in templates().items():
        filled = re.sub(r"\$\{(PPOB_PROXY_\w+)\}", lambda match: values[match[1]], text)
        (folder / name).write_text(filled)
    return folder / "nginx.conf"

"""Images are pinned by what a registry says; nothing is deployed that is not."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.deployment.shipped import DEPLOY, PINNED, SERVICES

DIGEST = f"sha256:{'ab' * 32}"
IMAGES = {
    "PYTHON_IMAGE": "docker.io/library/python:3.13-slim",
    "POSTGRES_IMAGE": "docker.io/library/postgres:18",
    "VALKEY_IMAGE": "docker.io/valkey/valkey:9",
    "PROXY_IMAGE": "docker.io/library/nginx:stable-alpine",
}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "images.lock"


def pin_images(lock: Path, *arguments: str, says: str = DIGEST):
    """Run the script with a docker that answers `says` for every image."""
    docker = lock.with_name("docker")
    docker.write_text(
        f'#!/bin/sh\necho "$@" >>{lock.with_name("asked")}\necho "{says}"\n'
    )
    docker.chmod(0o755)
    return subprocess.run(
        [DEPLOY / "pin-images", *arguments],
        env={
            "PATH": f"{lock.parent}:{os.environ['PATH']}",
            "PPOB_IMAGES_LOCK": str(lock),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_image_is_pinned_to_what_its_registry_says(lock):
    done = pin_images(lock)

    assert done.returncode == 0, done.stderr
    assert lock.read_text().splitlines()[1:] == [
        f"{name}={image}@{DIGEST}" for name, image in IMAGES.items()
    ]
    asked = lock.with_name("asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == list(IMAGES.values())
    assert all(line.startswith("buildx imagetools inspect") for line in asked)
    assert pin_images(lock, "--check").returncode == 0


@pytest.mark.parametrize("nonsense", ["", "latest", "sha256:abc", "not found"])
def test_an_answer_that_is_no_digest_pins_nothing(lock, nonsense):
    done = pin_images(lock, says=nonsense)

    assert done.returncode == 1
    assert "No digest for docker.io/library/python:3.13-slim" in done.stderr
    assert not lock.exists()
    assert list(lock.parent.glob("images.lock.*")) == []


def test_a_refused_question_leaves_the_old_pins(lock):
    pin_images(lock)
    before = lock.read_text()

    done = pin_images(lock, says="sorry")

    assert done.returncode == 1
    assert lock.read_text() == before


def test_nothing_is_deployed_without_pins(lock):
    done = pin_images(lock, "--check")

    assert done.returncode == 1
    assert "run `make pin-images` first" in done.stderr


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_a_tag_alone_is_no_pin(lock, name):
    pin_images(lock)
    text = lock.read_text()
    lock.write_text(text.replace(f"{IMAGES[name]}@{DIGEST}", IMAGES[name]))

    done = pin_images(lock, "--check")

    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} is not pinned to sha256:")


def test_what_is_pinned_is_what_compose_asks_for():
    assert set(IMAGES) == set(PINNED)
    assert SERVICES["proxy"]["image"].startswith("${PROXY_IMAGE:?")

"""The proxy's configuration: nginx takes it, and its limits are the product's own."""

import runpy
import subprocess

import pytest
from django.conf import settings

from catalog import images
from inventory.codes import table
from ppob import env
from ppob.kit.bodies import MAX_UPLOAD_BYTES
from security import callback_door
from tests.deployment.front import make_certificate, nginx
from tests.deployment.shipped import (
    DEPLOY,
    SERVICES,
    environment_of,
    render_proxy,
    templates,
)

MB = 1024 * 1024
GUNICORN = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))


def blocks() -> dict[str, str]:
    """What stands in each location of the site, by its address."""
    found = {}
    for part in templates()["site.conf"].split("\nlocation ")[1:]:
        head, _brace, body = part.partition("{")
        found[head.split()[-1]] = body
    return found


def limit_of(address: str) -> str:
    for line in blocks()[address].splitlines():
        if "client_max_body_size" in line:
            return line.split()[1].rstrip(";")
    return "the usual"


@pytest.mark.parametrize("hops", [1, 2])
def test_nginx_takes_the_shipped_configuration(has_nginx, folder, hops):
    make_certificate(folder)
    main = render_proxy(
        folder,
        HOPS=hops,
        RUN=folder,
        CERTS=folder,
        ACME=folder,
        ERRORS=DEPLOY / "proxy" / "errors",
    )

    answer = subprocess.run(
        nginx(main, "-t"), capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stderr
    assert "[warn]" not in answer.stderr
    assert "[emerg]" not in answer.stderr


def test_nobody_may_be_slower_than_ten_seconds():
    shipped = environment_of("proxy")
    main = templates()["nginx.conf"]

    assert shipped["PPOB_PROXY_HEADER_SECS"] == "10"
    assert shipped["PPOB_PROXY_BODY_SECS"] == "10"
    assert "client_header_timeout ${PPOB_PROXY_HEADER_SECS}s;" in main
    assert "client_body_timeout ${PPOB_PROXY_BODY_SECS}s;" in main
    assert "proxy_request_buffering on;" in main
    assert "proxy_buffering on;" in main


def test_nothing_that_may_have_had_an_effect_is_sent_twice():
    assert "proxy_next_upstream off;" in templates()["nginx.conf"]


def test_pages_with_secrets_are_not_compressed_and_no_version_is_told():
    main = templates()["nginx.conf"]

    assert "gzip off;" in main
    assert "server_tokens off;" in main


def test_what_may_be_sent_fits_the_product():
    assert "client_max_body_size 64k;" in templates()["nginx.conf"]
    assert callback_door.MAX_BYTES == 64 * 1024
    assert limit_of("/api/v1/callbacks/") == limit_of("/api/v1/suppliers/")
    assert limit_of("/api/v1/callbacks/") == limit_of("/") == "the usual"
    assert limit_of("/api/") == "256k"
    assert limit_of("/toko/") == "6m"
    assert limit_of("/admin/") == "3m"
    assert MAX_UPLOAD_BYTES == 6 * MB
    assert 3 * MB > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_every_upload_of_the_product_passes():
    largest_picture = images.MAX_BYTES + MB
    largest_list = 2 * table.MAX_BYTES + MB

    assert max(largest_picture, largest_list) <= MAX_UPLOAD_BYTES


def test_every_lane_but_health_checks_counts_connections():
    for address, block in blocks().items():
        is_served = "proxy_pass" in block
        is_health = address in ("/livez", "/readyz")
        assert ("limit_conn callers 64;" in block) == (is_served and not is_health)
        assert ("limit_conn lanes" in block) == (is_served and not is_health)


def test_large_bodies_at_once_fit_into_the_proxys_memory():
    heavy = 32
    for address in ("/api/", "/toko/", "/admin/"):
        assert "limit_conn heavy_callers 4;" in blocks()[address]
        assert f"limit_conn heavy {heavy};" in blocks()[address]
    [place] = SERVICES["proxy"]["tmpfs"]
    room = int(place.removeprefix("/tmp:size=").removesuffix("m")) * MB
    small = 99_999 * 1500  # all other connections of the pages' lane

    assert room == 384 * MB
    assert heavy * MAX_UPLOAD_BYTES + small < room


def test_every_thread_of_gunicorn_has_a_database_connection():
    usual = env.env.int("PPOB_POOL_SIZE", default=10)
    processes = GUNICORN["workers"]

    assert GUNICORN["worker_class"] == "gthread"
    assert GUNICORN["threads"] == 8 <= usual == settings.POOL_SIZE
    assert processes * (usual + usual // 2) == 30
    assert "max_connections=200" in SERVICES["postgres"]["command"]


def test_gunicorn_stops_before_compose_loses_patience():
    grace = int(SERVICES["web"]["stop_grace_period"].removesuffix("s"))

    assert GUNICORN["graceful_timeout"] + 5 == grace
    assert GUNICORN["keepalive"] == 0
    assert GUNICORN["control_socket_disable"] is True


def test_headers_are_bounded_alike_in_front_and_behind():
    assert "large_client_header_buffers 4 8k;" in templates()["nginx.conf"]
    assert GUNICORN["limit_request_line"] == 8190
    assert GUNICORN["limit_request_field_size"] == 8190
    assert GUNICORN["limit_request_fields"] == 60

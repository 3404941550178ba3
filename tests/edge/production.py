"""The product as production starts it: with the sample environment of a container."""

import json
import os
import subprocess
import sys
from typing import Any

from ppob.local import paths
from tests.deployment.shipped import environment_of

_SCRIPT = """
import json
import django
from django.conf import settings
# The names of static files with their digests are made by `collectstatic`.
settings.STORAGES = {**settings.STORAGES, "staticfiles": {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
django.setup()
from django.test import Client
host = "toko.example.com"
page = Client().get("/", secure=True, headers={"Host": host})
posted = Client(enforce_csrf_checks=True).post("/bahasa/", {"language": "en"},
    secure=True, headers={"Host": host, "Origin": "https://evil.example"})
plain = Client().get("/", headers={"Host": host, "X-Forwarded-Proto": "https"})
wanted = ("CONTENT_SECURITY_POLICY", "ADMIN_POLICY", "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE", "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_PATH", "CSRF_COOKIE_DOMAIN", "CSRF_COOKIE_HTTPONLY",
    "LANGUAGE_COOKIE_SECURE", "SOCKET_ORIGINS", "PROXY_HOPS",
    "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT", "IS_SIMULATED")
print(json.dumps({
    "status": page.status_code,
    "headers": dict(page.headers),
    "cookies": {name: dict(morsel) for name, morsel in page.cookies.items()},
    "forged": posted.status_code,
    "without_tls": plain.status_code,
    "page": page.content.decode(),
    "settings": {name: getattr(settings, name) for name in wanted},
    "proxy_header": getattr(settings, "SECURE_PROXY_SSL_HEADER", None),
}))
"""


def run(**environment: str) -> dict[str, Any]:
    """What a production process says of itself, with these variables besides."""
    answer = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(paths.ROOT),
            "DJANGO_SETTINGS_MODULE": "ppob.settings",
            **environment_of("web"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.ROOT,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found

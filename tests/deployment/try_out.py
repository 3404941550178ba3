"""`make production-try`: the shipped nginx and gunicorn, in front of `make run`.

Shows production's profile where there is no container engine: TLS, limits, time-outs,
collected files, DEBUG off. The databases, the worker, the bot and the local Discord are
those of `make run`, which has to run meanwhile.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
django.setup()

import httpx  # noqa: E402

from ppob import env  # noqa: E402
from ppob.local import paths  # noqa: E402
from tests.deployment.front import NGINX, Front  # noqa: E402
from tests.production import IN_PRODUCTION  # noqa: E402

HTTPS_PORT, HTTP_PORT = 8443, 8080


def main() -> int:
    """Start both, say where, and wait for Ctrl-C."""
    if not NGINX:
        print("nginx is missing: sudo apt-get install nginx-light")
        return 1
    if not is_running():
        print("Nothing runs yet: start `make run` in another terminal first.")
        return 1
    environment = {**os.environ, **IN_PRODUCTION}
    collect = ("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    subprocess.run([sys.executable, *collect], env=environment, check=True)
    with tempfile.TemporaryDirectory(prefix="ppob-front-") as folder:
        serve(Front(Path(folder), environment, settings="ppob.settings"))
    return 0


def serve(front: Front) -> None:
    """Until somebody presses Ctrl-C."""
    front.move_to(https=HTTPS_PORT, http=HTTP_PORT, ws=env.WEB_PORT)
    try:
        front.start()
        print(
            f"\n  {front.site}/ is served as in production, with a certificate that"
            f"\n  no browser trusts. Sign in at http://localhost:{env.WEB_PORT}/ first:"
            f"\n  the cookie counts here, too. Ctrl-C stops.\n"
        )
        front.running["nginx"].wait()
    except KeyboardInterrupt:
        pass
    finally:
        front.stop()


def is_running() -> bool:
    """Whether `make run` answers on this machine."""
    address = f"http://localhost:{env.WEB_PORT}/livez"
    try:
        answer = httpx.get(address, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.is_success and (paths.runtime_dir() / "valkey.sock").exists()


if __name__ == "__main__":
    sys.exit(main())

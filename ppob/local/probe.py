"""Health checks of the containers: `probe.py web PORT PATH` and `probe.py bot`.

Run as a file with `python -I`, without the product's own imports: it starts every few
seconds, and the names of its neighbours must not hide the standard library's.
"""

import http.client
import os
import sys

import psycopg

TIMEOUT_SECS = 4

# A bot account that should run and whose lease nobody has renewed lately.
SILENT_BOTS = """
    SELECT count(*) FROM bot_botinstance
    WHERE desired = 'running'
      AND (lease_until IS NULL OR lease_until < now() - interval '1 minute')
"""


def is_web_healthy(port: int, path: str) -> bool:
    """Whether the web server on this host answers `path` with 200."""
    headers = {
        "Host": os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0],
        # As the proxy would say it; otherwise the answer is a redirect to https.
        "X-Forwarded-Proto": "https",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECS)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def are_bots_healthy(database_url: str) -> bool:
    """Whether a process runs every bot account that should run."""
    try:
        with psycopg.connect(database_url, connect_timeout=TIMEOUT_SECS) as connection:
            row = connection.execute(SILENT_BOTS).fetchone()
    except psycopg.Error:
        return False
    return row == (0,)


def main(arguments: list[str]) -> int:
    """The exit code for a container's health check."""
    match arguments:
        case ["web", port, path]:
            is_healthy = is_web_healthy(int(port), path)
        case ["bot"]:
            is_healthy = are_bots_healthy(os.environ["DATABASE_PLATFORM_URL"])
        case _:
            print(__doc__)
            return 2
    return 0 if is_healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

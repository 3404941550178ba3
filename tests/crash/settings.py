"""The tests' settings on a database of the crash run's own, a connection per thread."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, WORKER

DATABASE = f"test_ppob_{WORKER}_crash"
for _database in DATABASES.values():
    _database["NAME"] = DATABASE
    # A pool's threads do not survive a fork.
    _database["OPTIONS"].pop("pool", None)
    _database["CONN_MAX_AGE"] = None
CALLBACK_URL = "http://callbacks.invalid"

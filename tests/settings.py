"""The product's settings on servers of the test run's own."""

import os
import tempfile

if not os.environ.get("PPOB_DATA_DIR"):
    os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-test-")
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)
os.environ.pop("DISCORD_BOT_TOKEN", None)
os.environ["DEBUG"] = "1"

from ppob import env as environment
from ppob.settings import *  # noqa: F403
from ppob.settings import CACHES, CHANNEL_LAYERS, DATABASES, TEMPLATES
from tests.undefined import Undefined

# Each test process has its own database and its own corner of Valkey.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"test_ppob_{WORKER}"
for _database in DATABASES.values():
    _database["NAME"] = DATABASE
# Emptying a cache empties its whole database, whoever else counts in there.
CACHES["default"]["LOCATION"] = environment.redis_url(
    4 + int(WORKER.removeprefix("gw")) % 12 if WORKER.startswith("gw") else 1
)
CACHES["default"]["KEY_PREFIX"] = WORKER
CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = WORKER

ALLOWED_HOSTS = ["*"]
DEBUG = False
IS_SIMULATED = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING_CONFIG = None
# People in tests are quick; Django's test client sends every form as one with files.
MOST_PRESSES = MOST_UPLOADS = 1_000_000
MOST_UPLOAD_BYTES = 10**12
# Tests compare source sentences; tests/messages proves the Indonesian ones.
LANGUAGE_CODE = "en"
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined()

"""Production's settings for a process of its own, without files that are collected.

The image collects and compresses them when it is built.
"""

import os

from ppob.settings import *  # noqa: F403
from ppob.settings import DATABASES, STORAGES

STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# So that its connections are told from those of other processes.
APPLICATION_NAME = "ppob-gunicorn"
UNPOOLED = "PPOB_TEST_UNPOOLED"
for _database in DATABASES.values():
    _database["OPTIONS"]["application_name"] = APPLICATION_NAME
    # Without a pool a connection lives as long as somebody holds it.
    if UNPOOLED in os.environ:
        _database["OPTIONS"].pop("pool", None)

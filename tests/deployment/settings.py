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
for _database in DATABASES.values():
    _database["OPTIONS"]["application_name"] = os.environ["PPOB_TEST_NAME"]

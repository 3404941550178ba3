"""Production's settings for a process of its own, without files that are collected.

The image collects and compresses them when it is built.
"""

from ppob.settings import *  # noqa: F403
from ppob.settings import DATABASES, STORAGES

STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# So that its connections are told from those of other processes.
APPLICATION_NAME = "ppob-gunicorn"
for _database in DATABASES.values():
    _database["OPTIONS"]["application_name"] = APPLICATION_NAME

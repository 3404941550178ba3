"""The project as a Django app: it brings the commands that run it."""

from django.apps import AppConfig
from django.core.checks import register
from django.urls import register_converter

from ppob.kit import checks
from ppob.kit.converters import IdConverter


class Platform(AppConfig):
    """Registers start-up checks, the parts of addresses and the project's commands."""

    name = "ppob"
    verbose_name = "Platform"

    def ready(self) -> None:
        register(checks.database_roles, "database")
        register_converter(IdConverter, "id")

"""The project as a Django app: it brings the commands that run it."""

from django.apps import AppConfig
from django.core.checks import register

from ppob.kit import checks


class Platform(AppConfig):
    """Registers the start-up checks and the project's own commands."""

    name = "ppob"
    verbose_name = "Platform"

    def ready(self) -> None:
        register(checks.database_roles, "database")

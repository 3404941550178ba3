from importlib import import_module

from django.apps import AppConfig


class Security(AppConfig):
    name = "security"
    verbose_name = "Security"

    def ready(self) -> None:
        import_module("security.receivers")

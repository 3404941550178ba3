from importlib import import_module

from django.apps import AppConfig


class Inventory(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        import_module("inventory.receivers")

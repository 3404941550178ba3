from importlib import import_module

from django.apps import AppConfig


class Payments(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        import_module("payments.receivers")

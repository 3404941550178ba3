from importlib import import_module

from django.apps import AppConfig


class Bot(AppConfig):
    name = "bot"
    verbose_name = "Discord"

    def ready(self) -> None:
        import_module("bot.receivers")

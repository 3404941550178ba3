from importlib import import_module

from django.apps import AppConfig


class Bot(AppConfig):
    name = "bot"
    verbose_name = "Discord"

    def ready(self) -> None:
        """Listen to events; a message kind that lacks something ends the start."""
        import_module("bot.receivers")
        import_module("bot.message_kinds").registry()

from django.apps import AppConfig


class Security(AppConfig):
    name = "security"
    verbose_name = "Security"

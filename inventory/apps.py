from django.apps import AppConfig


class Inventory(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

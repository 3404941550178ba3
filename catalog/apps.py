from django.apps import AppConfig


class Catalog(AppConfig):
    name = "catalog"
    verbose_name = "Catalog"

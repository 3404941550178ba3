"""Pages about stores themselves."""

from django.urls import path

from tenants.dashboard import health, history, settings, stores

app_name = "tenants"
urlpatterns = [
    path("toko/", stores.store_list, name="stores"),
    path("buka-toko/", stores.open_store, name="open-store"),
    path(
        "toko/<slug:store>/pengaturan/", settings.store_settings_page, name="settings"
    ),
    path("toko/<slug:store>/kesehatan/", health.health_page, name="health"),
    path(
        "toko/<slug:store>/pengaturan/riwayat/", history.change_history, name="history"
    ),
    path("toko/<slug:store>/staf/", settings.members, name="members"),
]

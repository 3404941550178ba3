"""Every address of the installation."""

from django.urls import include, path

from payments.dashboard import purchase
from ppob import api_docs, health
from ppob.home import site
from ppob.kit import staff_site

handler500 = "ppob.kit.pages.server_error"

urlpatterns = [
    path("", site.landing, name="landing"),
    path("bahasa/", site.set_language, name="set-language"),
    path("media/products/<str:name>", site.product_picture, name="product-picture"),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("admin/", staff_site.site.urls),
    path("accounts/", include("security.discord.urls")),
    path("akun/", include("security.dashboard.urls")),
    path("", include("tenants.dashboard.urls")),
    path("toko/<slug:store>/", include("catalog.dashboard.urls")),
    path("toko/<slug:store>/", include("inventory.dashboard.urls")),
    path("toko/<slug:store>/", include("payments.dashboard.urls")),
    path("pembelian/<str:token>/", purchase.purchase, name="purchase"),
    path("", include("bot.dashboard.urls")),
    path("", include("ppob.home.urls")),
    path("api/schema/", api_docs.Schema.as_view(), name="schema"),
    path("api/docs/", api_docs.Page.as_view()),
    path("api/v1/", include("catalog.api.urls")),
    path("api/v1/", include("inventory.api.urls")),
    path("api/v1/", include("payments.api.urls")),
]

"""WebSocket addresses."""

from django.urls import path
from django.urls.resolvers import URLPattern

from tenants.consumers import StoreConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/toko/<slug:store>/", StoreConsumer.as_asgi()),
]

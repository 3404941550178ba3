"""Everything over ASGI (uvicorn): pages, and the live updates under `/ws/`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")

pages = get_asgi_application()  # loads the apps, so it comes before the routing

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.urls import re_path  # noqa: E402

from ppob.kit.bodies import BoundedBodies  # noqa: E402
from ppob.kit.checks import exit_if_unbound  # noqa: E402
from ppob.kit.sockets import OwnOrigins  # noqa: E402
from ppob.routing import websocket_urlpatterns  # noqa: E402
from security.origin import SocketOriginMiddleware  # noqa: E402

exit_if_unbound()

# An address that nobody listens to is refused like one of strangers, not a crash.
nothing_here = re_path("", WebsocketDenier.as_asgi())

application = ProtocolTypeRouter(
    {
        "http": BoundedBodies(pages),
        "websocket": OwnOrigins(
            SocketOriginMiddleware(
                AuthMiddlewareStack(URLRouter([*websocket_urlpatterns, nothing_here]))
            )
        ),
    }
)

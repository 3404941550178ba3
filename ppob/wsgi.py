"""Pages, API and callbacks over WSGI (gunicorn)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")

pages = get_wsgi_application()  # loads the apps, so it comes before the rest

from ppob.kit.bodies import WholeBodies  # noqa: E402
from ppob.kit.checks import exit_if_unbound  # noqa: E402

exit_if_unbound()

application = WholeBodies(pages)

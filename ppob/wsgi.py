"""Pages, API and callbacks over WSGI (gunicorn)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")

application = get_wsgi_application()

from ppob.kit.checks import exit_if_unbound  # noqa: E402

exit_if_unbound()

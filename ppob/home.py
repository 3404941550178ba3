"""What every page knows about the installation."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Template variables of the installation itself."""
    return {"is_simulated": settings.IS_SIMULATED, "local_discord": settings.SIMULATOR_URL}

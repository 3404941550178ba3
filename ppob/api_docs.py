"""The API's description for programs and for people."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from ppob.kit import rate
from security.origin import find_ip

MOST_ASKED, ASKED_SECS = 60, 60
FORMATS = {each.format: each for each in (OpenApiYamlRenderer, OpenApiJsonRenderer)}
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class PerAddress(BaseThrottle):
    """One address may ask so often: nobody has to sign in here."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count it, and whether it was within the limit."""
        key = f"api-docs:{find_ip()}"
        return not rate.is_over(key, limit=MOST_ASKED, secs=ASKED_SECS)

    def wait(self) -> float:
        """Seconds after which to try again."""
        return float(ASKED_SECS)


class Schema(SpectacularAPIView):
    """The OpenAPI document; made once per language and format, not for each reader."""

    throttle_classes = [PerAddress]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """YAML or JSON, as the client accepts it."""
        asked = request.GET.get("lang", "")
        language = asked if asked in LANGUAGES else translation.get_language()
        renderer = request.accepted_renderer
        return HttpResponse(
            _rendered(language, renderer.format), content_type=renderer.media_type
        )


class Page(SpectacularSwaggerSplitView):
    """The same to read and to try out. Its script is a file: the policy wants that."""

    url_name = "schema"
    template_name = "api_docs.html"
    throttle_classes = [PerAddress]


@lru_cache(maxsize=8)  # two languages, two formats
def _rendered(language: str, name: str) -> bytes:
    with translation.override(language):
        document = SchemaGenerator().get_schema(request=None, public=True)
        rendered: str | bytes = FORMATS[name]().render(document, renderer_context={})
    return rendered if isinstance(rendered, bytes) else rendered.encode()

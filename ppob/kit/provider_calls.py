"""Calls to providers: connections that are kept, and what a call that failed means."""

from functools import lru_cache
from typing import Any

from ppob.kit.http import MAX_BYTES, HttpClient, NoAnswer, Response, Unreachable
from ppob.kit.providers import OutcomeUnknown, ProviderUnreachable

# An address for play money and one for real money, perhaps two each, every one with the
# limits of a purchase, a price list, a name and a bill.
MOST_KEPT = 16


class HttpClients:
    """The clients for one provider: one for each address and each of its limits.

    A client keeps its connections and no keys, which go with each request. `name` is
    that of HttpClient. An answer may take `read_secs` unless a call says otherwise.
    """

    def __init__(self, *, name: str, read_secs: float = 10) -> None:
        self._name = name
        self._read_secs = read_secs
        self._kept = lru_cache(maxsize=MOST_KEPT)(self._make)

    def __call__(
        self,
        base_url: str,
        read_secs: float | None = None,
        most_bytes: int = MAX_BYTES,
    ) -> HttpClient:
        """The client for this address with these limits, the same one each time."""
        secs = self._read_secs if read_secs is None else read_secs
        return self._kept(base_url, secs, most_bytes)

    def forget(self) -> None:
        """Keep none of those that were made."""
        self._kept.cache_clear()

    def _make(self, base_url: str, read_secs: float, most_bytes: int) -> HttpClient:
        return HttpClient(
            base_url, name=self._name, read_secs=read_secs, most_bytes=most_bytes
        )


def send(client: HttpClient, method: str, path: str, **content: Any) -> Response:
    """What the provider answered, whatever its status.

    `content` is what HttpClient.request takes. Raises ProviderUnreachable where the
    request certainly did not arrive, OutcomeUnknown where it may have.
    """
    try:
        return client.request(method, path, **content)
    except Unreachable as error:
        raise ProviderUnreachable(str(error)) from error
    except NoAnswer as error:
        raise OutcomeUnknown(str(error)) from error

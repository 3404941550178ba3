"""Configs of adapters under test: an address, a mode, and keys by their names."""

from dataclasses import replace
from typing import Any

from ppob.kit.providers import Mode, ProviderConfig, ProviderSpec


def config_of(base_url: str, *, mode: Mode = Mode.TEST, **keys: str) -> ProviderConfig:
    return ProviderConfig(base_url=base_url, mode=mode, keys=keys)


def changed(config: ProviderConfig, **changes: Any) -> ProviderConfig:
    """The same config with another address, mode or keys."""
    fields = {
        name: changes.pop(name) for name in ("base_url", "mode") if name in changes
    }
    return replace(config, **fields, keys={**config.keys, **changes})


class Served:
    """Stands in a registry for an adapter's class: it is this one, whatever keys."""

    def __init__(self, spec: ProviderSpec, adapter: Any) -> None:
        self.spec, self.adapter = spec, adapter

    def __call__(self, config: ProviderConfig) -> Any:
        return self.adapter

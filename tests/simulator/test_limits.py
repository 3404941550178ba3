"""Fixed windows, per route and channel."""

from bot.simulator.limits import GLOBAL, RateLimits, template_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_opens_again_when_it_ends():
    clock = Clock()
    limits = RateLimits(clock)
    for _ in range(5):
        assert limits.take("POST", "/channels/1/messages").allowed

    clock.now = 2.0
    refused = limits.take("POST", "/channels/1/messages")
    clock.now = 5.0

    assert refused.retry_after == 3.0
    assert limits.take("POST", "/channels/1/messages").allowed


def test_channels_do_not_share_a_window():
    limits = RateLimits(Clock())
    for _ in range(5):
        limits.take("POST", "/channels/1/messages")

    assert not limits.take("POST", "/channels/1/messages").allowed
    assert limits.take("POST", "/channels/2/messages").allowed


def test_the_global_limit_spares_interactions():
    limits = RateLimits(Clock())
    for channel in range(GLOBAL.limit):
        assert limits.take("POST", f"/channels/{channel}/messages").allowed

    refused = limits.take("GET", "/users/@me")

    assert refused.is_global
    assert refused.headers["X-RateLimit-Global"] == "true"
    assert limits.take("POST", "/interactions/1/token/callback").allowed


def test_routes_are_named_without_ids_and_secrets():
    assert template_of("/webhooks/1/secret/messages/@original") == (
        "/webhooks/{id}/{token}/messages/@original"
    )
    assert template_of("/channels/1/messages/2/reactions/👍/@me") == (
        "/channels/{id}/messages/{id}/reactions/{emoji}/@me"
    )

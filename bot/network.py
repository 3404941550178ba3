"""Where Discord is: the real one, or the local one of a machine without a token."""

import aiohttp
import discord.asset
import discord.gateway
import discord.http
import yarl
from django.conf import settings

# The line was cut, before or after Discord had the request; the library passes it on.
CUT = (aiohttp.ClientError, OSError)


def point_library() -> None:
    """Send discord.py to the addresses in the settings; nothing for the real Discord.

    The library reads these class attributes at every request, so it is used unchanged.
    """
    if not settings.DISCORD["GATEWAY_URL"]:
        return
    discord.http.Route.BASE = settings.DISCORD["API_BASE"]
    gateway = yarl.URL(settings.DISCORD["GATEWAY_URL"])
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
    discord.asset.Asset.BASE = settings.DISCORD["CDN_BASE"]

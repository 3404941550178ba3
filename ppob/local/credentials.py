"""What the local Discord accepts: fixed, public and worthless anywhere else."""

APPLICATION_ID = 1100000000000000001
CLIENT_SECRET = "local-discord-client-secret"  # noqa: S105
BOT_TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Glocal.local-discord-bot-token-not-a-secret"  # noqa: S105

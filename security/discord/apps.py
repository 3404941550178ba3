from django.apps import AppConfig


class DiscordSignIn(AppConfig):
    name = "security.discord"
    label = "discord_sign_in"
    verbose_name = "Sign-in with Discord"

"""What the bot listens to: commands, messages, servers."""

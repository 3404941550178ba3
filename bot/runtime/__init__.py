"""What lives in the bot's process and speaks to Discord, for as long as it runs."""

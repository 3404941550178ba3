"""What the bot says, as plain data: no Discord library, no database."""

"""What the bot shows and what happens when somebody presses it."""

"""What every simulated provider uses: how it is served, how its buttons are read."""

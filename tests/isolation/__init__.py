"""No store sees another: every way in, every actor, every id, with each wall alone."""

"""Every service that acts for somebody, tried by every role of a store."""

"""The seller's pages of this app."""

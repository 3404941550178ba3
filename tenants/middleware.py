"""Opens the store's scope for pages under `/toko/<slug>/`."""

"""Pages put together from every app: the landing page and a store's start page."""

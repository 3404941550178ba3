"""Every kind of message, declared once: `KINDS` of each topic are all there are."""

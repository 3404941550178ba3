"""From a file or a pasted list to codes: reading, comparing, judging. No database."""

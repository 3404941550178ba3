"""What holds for every supplier that there is.

A new one adds a module of its code here with its `CASE`; the tests find it.
"""

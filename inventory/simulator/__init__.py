"""Suppliers for one's own machine: the server that all of them share.

Only tests and `manage.py runsimulator` import it. Each supplier's protocol and inner
life stand in its own folder. Nothing is bought.
"""

"""Suppliers for one's own machine: what all of them share.

The server, the memory, the courier of callbacks, faults on demand, the control API with
its client, and how an order lives (`engine`).

Only tests and `manage.py runsimulator` import it. Each supplier's protocol and inner
life stand in its own folder. Nothing is bought.
"""

"""A payment gateway for one's own machine that speaks Tripay's protocol over HTTP.

Only tests and `manage.py runsimulator` import it. `world` names its merchants, `client`
presses its buttons from tests, `server.make_app` is the server. No real money moves.
"""

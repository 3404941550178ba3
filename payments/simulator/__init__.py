"""Payment gateways for one's own machine: what all of them have in common.

Only tests and `manage.py runsimulator` import it. Each gateway's protocol stands in its
own folder (`voice`), `client` presses the buttons from tests, `server.make_app` is the
server. No real money moves.
"""

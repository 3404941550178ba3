"""A supplier for one's own machine that speaks Digiflazz's protocol over HTTP.

Only tests and `manage.py runsimulator` import it. `world` names its buyers, `engine` is
what happens there, `client` presses its buttons from tests, `server.make_app` is the
server. Nothing is bought.
"""

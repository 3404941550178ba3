"""A local Discord for people and tests without a Discord token.

SimCord's backend holds the semantics (routes, permissions, visibility, errors); this
package puts a real network in front of it: REST, gateway, OAuth2, CDN, and a page for
people. Only `runsimulator` and tests import it.
"""

import logging

# SimCord builds a discord.py client while it is imported, and that client complains
# about voice libraries and intents nobody here needs.
for _name in ("discord.client", "discord.state"):
    logging.getLogger(_name).setLevel(logging.ERROR)

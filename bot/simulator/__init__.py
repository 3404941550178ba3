"""A local Discord for people and tests without a Discord token.

SimCord's backend holds the semantics (routes, permissions, visibility, errors); this
package puts a real network in front of it: REST, gateway, OAuth2, CDN, and a page for
people. Only `runsimulator` and tests import it.
"""

"""Why a person could not do something in the local Discord."""


class ActionRefused(Exception):
    """A person tried what Discord's own app would not let them do."""

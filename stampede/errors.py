"""What the referee says when it cannot go on."""


class StampedeError(Exception):
    """One clear sentence for the user: what, where, and what to do. Exit code 2, verdict UNKNOWN."""

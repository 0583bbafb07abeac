"""What `./commonhold` does, with the standard library alone: it runs before any installation."""


class Trouble(Exception):
    """The command cannot go on; the message is one sentence that says why and what to do."""

"""What the parts of this package tell each other."""

LONGEST = 200  # characters: some messages repeat what the client sent


class Invalid(ValueError):
    """A value that is not of its type. ``path`` leads to the culprit: ``".author.name"``, ``"[0]"``."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message, self.path = message[:LONGEST], path[:LONGEST]


class Unsupported(TypeError):
    """An annotation that nothing can be held against. The text says which and what to do."""

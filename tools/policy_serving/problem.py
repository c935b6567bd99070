"""What ends the program with one line."""


class Problem(Exception):
    """A message for people, and the status that the program exits with."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status

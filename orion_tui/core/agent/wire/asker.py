"""An error of the asker's own, on its way back to it."""


class AskersError(Exception):
    """What `heard` raised: no failure of the model's, and handed back as it is."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

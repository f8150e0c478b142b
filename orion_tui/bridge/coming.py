"""A row that is not there yet."""

import attrs


@attrs.frozen
class Coming:
    """A row of a list that is on its way: the one with that number."""

    number: int

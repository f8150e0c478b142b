"""A range of time as people plan it, the same words wherever it is told."""

#: Up to here a range is told in minutes, from here on in hours.
_HOURS = 90 * 60


def time_range(least: float, most: float) -> str:
    """A range of seconds in words: `under a minute`, `2 to 4 min`, `10 min`, `1 to 2.5 h`."""
    if most < 60:
        return "under a minute"
    if most < _HOURS:
        unit, low, high = "min", f"{max(1, round(least / 60))}", f"{max(1, round(most / 60))}"
    else:
        unit, low, high = "h", f"{least / 3600:.1f}".removesuffix(".0"), f"{most / 3600:.1f}".removesuffix(".0")
    return f"{high} {unit}" if low == high else f"{low} to {high} {unit}"

"""Which columns of a table fit a terminal, and how wide each is: what identifies a row is never cut off."""

from collections.abc import Sequence

#: Cells between two columns.
GAP = 2
#: A column of long texts is made narrower down to so many cells before another is left out.
_NARROWEST = 14


def fitted(
    columns: Sequence[str], natural: Sequence[int], width: int, *, least: Sequence[str] = ()
) -> list[tuple[int, int]]:
    """Positions of the columns that are shown, each with its width in cells.

    `natural` are widths that nothing is cut off at, `least` the columns that are left out first, in this order; then
    the last one goes, and so on. The first column always stays.
    """
    kept = list(range(len(columns)))
    order = [columns.index(name) for name in least if name in columns]
    order += [place for place in reversed(kept[1:]) if place not in order]
    for place in order:
        if _least_total([natural[one] for one in kept]) <= width:
            break
        kept.remove(place)
    widths = {place: natural[place] for place in kept}
    while _total(list(widths.values())) > width:
        widest = max(widths, key=widths.__getitem__)
        if widths[widest] <= min(_NARROWEST, width):
            break
        widths[widest] -= 1
    return list(widths.items())


def _least_total(widths: Sequence[int]) -> int:
    return _total([min(width, _NARROWEST) for width in widths])


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(len(widths) - 1, 0)

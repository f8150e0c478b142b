"""Every colour that letters are drawn in can be read on every ground that they are drawn on."""

import pytest

from orion_tui.themes import HIGH_CONTRAST, THEMES, Colors
from tests.support.contrast import contrast

pytestmark = pytest.mark.unit

TRUE_COLORS = [colors for colors in THEMES.values() if not colors.ansi]
LETTERS = ("text", "muted", "faint", "accent", "running", "good", "warn", "bad")
#: On a selected line the third grey is drawn as the second (`widgets.cells`).
ON_SELECTION = tuple(name for name in LETTERS if name != "faint")
#: Grounds, and what is written on them.
PAIRS = [
    *((ground, letters) for ground in ("background", "raised", "added", "removed") for letters in LETTERS),
    *((ground, letters) for ground in ("selection", "selection_away") for letters in ON_SELECTION),
    ("added_word", "text"),
    ("removed_word", "text"),
]


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("colors", TRUE_COLORS, ids=lambda colors: colors.name)
@pytest.mark.parametrize(("ground", "letters"), PAIRS, ids=str)
def test_letters_can_be_read(colors: Colors, ground: str, letters: str) -> None:
    least = 7.0 if colors is HIGH_CONTRAST else 4.5
    assert contrast(getattr(colors, letters), getattr(colors, ground)) >= least


@pytest.mark.parametrize("colors", TRUE_COLORS, ids=lambda colors: colors.name)
def test_the_frame_of_the_pane_with_the_keys_stands_out(colors: Colors) -> None:
    assert contrast(colors.accent, colors.background) >= 3.0
    assert contrast(colors.accent, colors.background) > contrast(colors.border, colors.background) or (
        colors is HIGH_CONTRAST
    )


@pytest.mark.parametrize("colors", TRUE_COLORS, ids=lambda colors: colors.name)
def test_greys_keep_their_order(colors: Colors) -> None:
    text, muted, faint = (contrast(getattr(colors, name), colors.background) for name in ("text", "muted", "faint"))
    assert text > muted > faint

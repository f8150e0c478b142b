"""Every colour that letters are drawn in can be read on every ground that they are drawn on."""

import pytest

from orion_tui.themes import HIGH_CONTRAST, THEMES, Colors

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


def luminance(color: str) -> float:
    """WCAG 2.1, relative luminance of `#rrggbb`."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, 1.4.3: from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


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

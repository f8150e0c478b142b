"""What colours there are: tokens, and four themes that give each of them a value."""

import attrs


@attrs.frozen(kw_only=True)
class Colors:
    """One theme's colours, as Rich and Textual both spell them (`#rrggbb`, or `ansi_*` for the terminal's own)."""

    name: str
    dark: bool
    background: str
    #: The bar at the top and behind dialogs.
    raised: str
    text: str
    #: Second things: labels, paths, times.
    muted: str
    #: Third things: separators, times long ago, what is not there. Still to be read.
    faint: str
    accent: str
    running: str
    good: str
    warn: str
    bad: str
    #: Behind the row under the cursor, in the pane that has the keys and in the others.
    selection: str
    selection_away: str
    #: Behind added and removed lines, and behind the words of them that differ.
    added: str
    removed: str
    added_word: str
    removed_word: str
    border: str
    #: The terminal's own 16 colours.
    ansi: bool = False


DARK = Colors(
    name="dark",
    dark=True,
    background="#11141a",
    raised="#1a1f28",
    text="#d5dae3",
    muted="#a3acbb",
    faint="#808a9d",
    accent="#82aaff",
    running="#5cc8d7",
    good="#8fcf7f",
    warn="#e5b567",
    bad="#f37a84",
    selection="#263349",
    selection_away="#1c222d",
    added="#15261c",
    removed="#2c181d",
    added_word="#23502f",
    removed_word="#63252f",
    border="#343e4e",
)
LIGHT = Colors(
    name="light",
    dark=False,
    background="#fbfbf8",
    raised="#eceee9",
    text="#23282f",
    muted="#4b535e",
    faint="#636a74",
    accent="#1f5fc4",
    running="#0b6f81",
    good="#29742d",
    warn="#8a5b00",
    bad="#b3261e",
    selection="#dbe6fa",
    selection_away="#e9ecf0",
    added="#e3f4e4",
    removed="#fbe6e5",
    added_word="#aedfb2",
    removed_word="#f3b7b3",
    border="#c9ced5",
)
HIGH_CONTRAST = Colors(
    name="high-contrast",
    dark=True,
    background="#000000",
    raised="#000000",
    text="#ffffff",
    muted="#e2e2e2",
    faint="#b8b8b8",
    accent="#66d9ff",
    running="#66ffff",
    good="#66ff66",
    warn="#ffe14d",
    bad="#ffa0a0",
    selection="#002868",
    selection_away="#222222",
    added="#003000",
    removed="#3c0000",
    added_word="#006000",
    removed_word="#9c0000",
    border="#ffffff",
)
ANSI = Colors(
    name="ansi",
    dark=True,
    background="ansi_default",
    raised="ansi_default",
    text="ansi_default",
    muted="ansi_default",
    faint="ansi_bright_black",
    accent="ansi_blue",
    running="ansi_cyan",
    good="ansi_green",
    warn="ansi_yellow",
    bad="ansi_red",
    selection="ansi_default",
    selection_away="ansi_default",
    added="ansi_default",
    removed="ansi_default",
    added_word="ansi_default",
    removed_word="ansi_default",
    border="ansi_bright_black",
    ansi=True,
)
THEMES = {colors.name: colors for colors in (DARK, LIGHT, HIGH_CONTRAST, ANSI)}

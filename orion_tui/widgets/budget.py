"""Budget bars: what was used of what the role allows."""

from orion_tui.bridge.snapshots import Limits
from orion_tui.core.models.sessions import Session
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part
from orion_tui.widgets.times import hours

#: From here on a bar warns (RUN-8).
WARN_AT = 0.8


def bar(used: float, limit: float | None, width: int, glyphs: Glyphs) -> list[Part]:
    """`width` cells: full ones in the colour of their urgency, empty ones faint. All empty where nothing limits."""
    share = 0.0 if not limit else max(0.0, min(1.0, used / limit))
    full = round(share * width)
    if used > 0 and limit and full == 0:
        full = 1
    style = "bad" if share >= 1.0 else "warn" if share >= WARN_AT else "accent"
    return [(glyphs.full * full, style), (glyphs.empty * (width - full), "faint")]


def time_parts(session: Session, limits: Limits, width: int, glyphs: Glyphs) -> list[Part]:
    """`time ━━━─── 2h10 of 8h`."""
    limit = limits.hours * 3600 if limits.hours else None
    of = f" of {hours(limit)}" if limit else ""
    return [
        ("time ", "muted"),
        *bar(session.running_seconds, limit, width, glyphs),
        (f" {hours(session.running_seconds)}", "text"),
        (of, "muted"),
        *near(session.running_seconds, limit),
    ]


def near(used: float, limit: float | None) -> list[Part]:
    """In a word what the bar's colour says: near the limit, or at it."""
    if not limit or used < WARN_AT * limit:
        return []
    return [(" used up", "bad")] if used >= limit else [(f" {used / limit:.0%}", "warn"), (" used", "warn")]


def token_parts(session: Session, limits: Limits, *, short: bool) -> list[Part]:
    """`tokens 84k of 2M`; nothing where no model was asked."""
    if not session.tokens:
        return []
    of = f" of {amount(limits.tokens)}" if limits.tokens is not None and not short else ""
    style = "text"
    if limits.tokens:
        share = session.tokens / limits.tokens
        style = "bad" if share >= 1.0 else "warn" if share >= WARN_AT else "text"
    return [
        ("tokens " if not short else "tok ", "muted"),
        (amount(session.tokens), style),
        (of, "muted"),
        *near(session.tokens, limits.tokens),
    ]


def amount(number: float) -> str:
    """`940`, `84k`, `1.2M`."""
    if number < 1_000:
        return f"{number:.0f}"
    if number < 999_500:
        return f"{number / 1_000:.0f}k" if number >= 9_950 else f"{number / 1_000:.1f}k"
    return f"{number / 1_000_000:.1f}M".replace(".0M", "M")


def cost_parts(session: Session, limits: Limits, width: int, glyphs: Glyphs) -> list[Part]:
    """`cost ━━──── $0.61 of $5`; where tokens were used that cost nothing, that no price is known."""
    if session.tokens and not session.cost_usd:
        return [("cost ", "muted"), ("no price known", "muted")]
    of = f" of ${limits.cost_usd:g}" if limits.cost_usd is not None else ""
    return [
        ("cost ", "muted"),
        *bar(session.cost_usd, limits.cost_usd, width, glyphs),
        (f" ${session.cost_usd:.2f}", "text"),
        (of, "muted"),
        *near(session.cost_usd, limits.cost_usd),
    ]

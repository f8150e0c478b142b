"""Signs, and an ASCII set of them. Each status has a sign of its own, so that colour is never the only one."""

import attrs


@attrs.frozen(kw_only=True)
class Glyphs:
    """Signs. Each status has a sign of its own, so that colour is never the only one."""

    ascii: bool
    running: str
    waiting: str
    queued: str
    done: str
    flagged: str
    failed: str
    blocked: str
    paused: str
    undone: str
    cancelled: str
    #: Path separator, cursor bar, cut mark, newline mark, bar cells, tree corner, dot, arrows.
    path: str
    bar: str
    cut: str
    full: str
    empty: str
    corner: str
    dot: str
    arrow: str
    space: str
    masked: str
    vertical: str
    horizontal: str


UNICODE = Glyphs(
    ascii=False,
    running="●",
    waiting="◐",
    queued="◌",
    done="✓",
    flagged="⚑",
    failed="✗",
    blocked="■",
    paused="‖",
    undone="↺",
    cancelled="⊘",
    path="›",
    bar="▌",
    cut="…",
    full="━",
    empty="─",
    corner="└",
    dot="·",
    arrow="→",
    space="·",
    masked="●",
    vertical="│",
    horizontal="─",
)
ASCII = Glyphs(
    ascii=True,
    running=">",
    waiting="?",
    queued=".",
    done="+",
    flagged="!",
    failed="x",
    blocked="#",
    paused="=",
    undone="<",
    cancelled="-",
    path=">",
    bar=">",
    cut="~",
    full="#",
    empty="-",
    corner="`",
    dot="-",
    arrow="->",
    space=".",
    masked="*",
    vertical="|",
    horizontal="-",
)

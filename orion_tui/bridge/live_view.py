"""One session whole, for the screen that follows it."""

from collections.abc import Mapping

import attrs

from orion_tui.bridge.entry_views import Entry
from orion_tui.bridge.snapshots import Limits
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Approval, Session, TaskRow


@attrs.frozen(kw_only=True)
class Live:
    """One session whole."""

    session: Session
    tasks: tuple[TaskRow, ...]
    limits: Limits
    entries: tuple[Entry, ...]
    approvals: tuple[Approval, ...]
    checkpoints: tuple[Checkpoint, ...]
    promotion: Promotion | None
    #: How long the work on tasks took, by id.
    seconds: Mapping[str, float] = attrs.field(factory=dict[str, float])

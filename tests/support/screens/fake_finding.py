"""The part of the scripted engine that finds sessions and shows roles."""

from typing import Any

from orion_tui.base.errors import NotFound
from orion_tui.base.kinds import Tier
from orion_tui.bridge.finding_port import FoundSessions, RoleLine
from orion_tui.roles.shown import ShownRole
from tests.support.screens.world import World


class FakeFinding:
    """Over a World, as `FakeCommands` is."""

    _world: World

    def _called(self, name: str, *details: Any) -> None:
        raise NotImplementedError

    def find_sessions(self, words: str, limit: int) -> FoundSessions:
        self._called("find_sessions", words)
        wanted = words.lower().split()
        with self._world.lock:
            found = [
                s for s in self._world.sessions if all(w in f"{s.id} {s.goal} {s.workspace}".lower() for w in wanted)
            ]
        return FoundSessions(words=words, sessions=tuple(found[:limit]), count=len(found))

    def roles(self) -> tuple[RoleLine, ...]:
        self._called("roles")
        return (
            RoleLine(name="software-engineer", display_name="Software Engineer", usable="yes"),
            RoleLine(name="release-manager", display_name="Release Manager", usable="disabled"),
        )

    def role(self, name: str) -> ShownRole:
        self._called("role", name)
        if name != "software-engineer":
            raise NotFound(f"no role {name}")
        more = self._world.role_text
        return ShownRole(
            name=name,
            display_name=f"Software Engineer{more}",
            description=f"Writes code and tests.{more}",
            facts=(("source", f"starter{more}"), ("limits", "8 h, $5, 2,000,000 tokens")),
            tiers=(
                (Tier.AUTONOMOUS, ((f"edit_code(src/**{more})", f"Edit code{more}"),)),
                (Tier.REQUIRES_APPROVAL, ()),
            ),
            hard_limits=((more, more),) if more else (),
            notes=(more,) if more else (),
        )

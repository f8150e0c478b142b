"""The part of the scripted engine that holds settings: a small table, and one value that is refused."""

from typing import Any

import attrs

from orion_tui.base.errors import UsageError
from orion_tui.bridge.settings_port import SettingsView, SettingView
from orion_tui.core.appearance import Appearance
from tests.support.screens.world import World


class FakeSettings:
    """Over a World, as `FakeCommands` is."""

    _world: World

    def _called(self, name: str, *details: Any) -> None:
        raise NotImplementedError

    def settings(self) -> SettingsView:
        self._called("settings")
        given = self._world.settings
        rows = [
            _row("model.default", "The model that plans and works: provider/name.", given),
            _row("sessions.running", "Sessions that work at a time, 1 to 64.", given, default="4"),
            _row("ui.theme", "Colours.", given, default="dark", choices=("dark", "light")),
            _row("keys.live.pause", "Pause after the current step, or resume.", given, default="p"),
        ]
        rows.append(attrs.evolve(rows[0], name="mcp.tracker.url", value="https://t", given=True, settable=False))
        wishes = {"live.pause": (given["keys.live.pause"],)} if "keys.live.pause" in given else {}
        look = Appearance(theme=given.get("ui.theme"), wishes=wishes)
        return SettingsView(rows=tuple(rows), path="~/.orion/settings.yaml", appearance=look)

    def change_setting(self, name: str, value: str | None) -> SettingsView:
        self._called("change_setting", name, value)
        if value == "99":
            raise UsageError(f"{name} cannot be '99'", problems=("settings.yaml:2:12: must be at most 64, not 99",))
        self._world.settings.pop(name, None)
        if value is not None:
            self._world.settings[name] = value
        return self.settings()


def _row(
    name: str, help: str, given: dict[str, str], *, default: str = "", choices: tuple[str, ...] = ()
) -> SettingView:
    origin = f"settings.yaml:{2 + list(given).index(name)}" if name in given else "default"
    return SettingView(
        name=name,
        value=given.get(name, default),
        origin=origin,
        help=help,
        default=default,
        choices=choices,
        given=name in given,
    )

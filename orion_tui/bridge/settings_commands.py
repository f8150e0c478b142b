"""Settings over the real file."""

import attrs

from orion_tui.base.errors import UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.settings_port import SettingsView, SettingView
from orion_tui.core import appearance, settings, settings_table
from orion_tui.core.settings_table import Origin, Row


class SettingsHand:
    """The part of the lanes' hold on the engine that reads and writes settings."""

    _home: OrionHome

    def settings(self) -> SettingsView:
        """See SettingsCommands."""
        rows = [_view(row) for row in settings_table.listed(self._home, every_key=True)]
        found, wrong = appearance.load(self._home)
        return SettingsView(
            rows=tuple(rows),
            path=str(settings.settings_file(self._home)),
            appearance=found,
            problems=(*wrong, *found.keys()[1]),
        )

    def change_setting(self, name: str, value: str | None) -> SettingsView:
        """See SettingsCommands."""
        settings_table.make(self._home, settings_table.changed(self._home, name, value))
        return self.settings()


def _view(row: Row) -> SettingView:
    setting = row.setting
    view = SettingView(
        name=setting.name,
        value=row.value,
        origin=row.place or row.origin.value,
        help=setting.help,
        default=setting.default,
        choices=setting.choices,
        given=row.origin is Origin.FILE or row.overruled,
    )
    try:
        settings_table.describe(setting.name)
    except UsageError:
        return attrs.evolve(view, settable=False)
    return view

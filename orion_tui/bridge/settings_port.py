"""What the screen of settings asks of the engine, and the values that come back."""

from typing import Protocol

import attrs

from orion_tui.core.appearance import Appearance


@attrs.frozen(kw_only=True)
class SettingView:
    """One setting as it stands."""

    name: str
    value: str
    #: Who decided it: `default`, `settings.yaml:4`, `ORION_MODEL`.
    origin: str
    help: str
    default: str = ""
    #: The only values, where there are but a few.
    choices: tuple[str, ...] = ()
    #: Whether the file says it, so that it can be taken out of there.
    given: bool = False
    #: Whether it can be set here; blocks of the file are written by hand.
    settable: bool = True


@attrs.frozen(kw_only=True)
class SettingsView:
    """All of them, and how the application is to look by them."""

    rows: tuple[SettingView, ...]
    #: The file, for people.
    path: str
    appearance: Appearance
    #: What of the file could not be followed.
    problems: tuple[str, ...] = ()


class SettingsCommands(Protocol):
    """Settings. A value that is wrong is raised as an error with every problem, and changes nothing."""

    def settings(self) -> SettingsView:
        """All settings."""
        ...

    def change_setting(self, name: str, value: str | None) -> SettingsView:
        """Set one, or (None) take it out of the file; all of them as they then are."""
        ...

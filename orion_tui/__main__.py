"""`orion-tui`: as little as possible before the first paint.

Only Textual, attrs and the store's read side are imported here and below; engine, git, keychain and YAML are loaded by
the bridge's own threads when somebody asks for them.
"""

import sys
from typing import TYPE_CHECKING

from orion_tui import terminal
from orion_tui.base.errors import OrionError
from orion_tui.options import Options, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orion_tui.base.paths import OrionHome


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the application and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = parse(given)
    except OrionError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    if options.version:
        from orion_tui import __version__

        print(f"orion-tui {__version__}")  # noqa: T201 - what --version is for
        return
    sys.exit(_run(options))


def _run(options: Options) -> int:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        _say("orion-tui needs a terminal; `orion status` speaks to pipes")
        return 2
    kind = terminal.detect()
    try:
        home, session = _place(options)
    except OrionError as error:
        _say(str(error))
        return error.exit_code
    from orion_tui.core import appearance

    wished, complaints = appearance.load(home)
    theme = options.theme or wished.theme or ("ansi" if kind.few_colors else "dark")
    terminal.prepare(kind, theme)

    from orion_tui.bridge.live import live_bridge

    bridge = live_bridge(home, read_only=options.read_only)
    bridge.start()

    from orion_tui.app import OrionApp

    app = OrionApp(
        bridge,
        theme=theme,
        ascii_only=kind.ascii if wished.ascii is None else wished.ascii,
        session=session,
        workspace=_here(),
        titled=kind.title,
        appearance=wished,
        complaints=complaints,
    )
    code = app.run(mouse=wished.mouse) or app.return_code or 0
    _close(bridge)
    failure = app.failure
    if failure is not None:
        _say(str(failure))
        return failure.exit_code
    return code


def _close(bridge: object) -> None:
    from orion_tui.bridge.bridge import Bridge

    assert isinstance(bridge, Bridge)
    if bridge.busy:
        _say("finishing what was begun ...")
    if not bridge.close():
        _say("a command is still being carried out; it is journalled, and the next start settles it")


def _place(options: Options) -> "tuple[OrionHome, str]":
    """The state directory to use and the session to open; for the demonstration, made ready first."""
    from orion_tui.base.paths import OrionHome

    if not options.demo:
        home = OrionHome.from_environment()
        if not options.session:
            return home, ""
        from orion_tui.bridge.naming import named

        return home, named(home, options.session, read_only=options.read_only)
    from orion_tui.bridge.demo import begin

    _say("preparing the demonstration ...")
    return begin()


def _here() -> str:
    """Where the program was started; "" where that place is gone."""
    from pathlib import Path

    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - outside the application's screen


if __name__ == "__main__":
    main()

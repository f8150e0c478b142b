"""`orion-tui`: as little as possible before the first paint.

Only Textual, attrs and the store's read side are imported here and below; engine, git, keychain and YAML are loaded by
the bridge's own threads when somebody asks for them.
"""

import contextlib
import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orion_tui.base.paths import OrionHome
    from orion_tui.options import Options


_SCREEN = "standard error"


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the application and leave with its exit code."""
    # Nearly all that is made until the first frame stays for good; `OrionApp` lets the collector in after it.
    gc.disable()
    try:
        code = _begun(arguments)
    finally:
        gc.enable()
    sys.exit(code)


def _begun(arguments: "Sequence[str] | None") -> int:
    from orion_tui.base.errors import OrionError
    from orion_tui.options import parse

    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = parse(given)
    except OrionError as error:
        _say(str(error))
        return error.exit_code
    if options.version:
        from orion_tui import __version__

        print(f"orion-tui {__version__}")  # noqa: T201 - what --version is for
        return 0
    try:
        return _run(options)
    except KeyboardInterrupt:
        # Before there was a screen; after that the key is one of the application's.
        return 130


def _run(options: "Options") -> int:
    from orion_tui import terminal
    from orion_tui.base.errors import OrionError

    if lacking := _lacking():
        told = f"orion-tui needs a terminal: {lacking} is none; `orion status` speaks to pipes"
        _say(told)
        if lacking == _SCREEN and sys.stderr and sys.stdout:
            print(told)  # noqa: T201 - standard error may lead where nobody looks
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
    if app.crash:
        _say(_report(home, app.crash))
        return code or 1
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


def _place(options: "Options") -> "tuple[OrionHome, str]":
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


def _lacking() -> str:
    """What is no terminal: keys come from standard input, the screen goes to standard error; "" where both are."""
    for stream, name in ((sys.stdin, "standard input"), (sys.stderr, _SCREEN)):
        # Python has None where the descriptor was closed.
        if stream is None or not stream.isatty():  # pyright: ignore[reportUnnecessaryComparison]
            return name
    return ""


def _report(home: "OrionHome", trace: str) -> str:
    """Keep what went wrong where the person finds it; what to say about it."""
    from orion_tui.base.text import clean

    what = clean(trace.strip().rpartition("\n")[2], keep_newlines=False)[:300]
    said = f"orion-tui ended by a mistake of its own: {what}\n  work goes on in the supervisor"
    path = home.logs / "orion-tui-crash.txt"
    try:
        path.write_text(clean(trace), "utf-8", "replace")
    except OSError:
        return f"{said}\n{clean(trace)}"
    return f"{said}; the details are in {path}"


def _say(text: str) -> None:
    """Outside of the application's screen: on standard error, on standard output where that is closed.

    A terminal that is gone takes no words, and must not keep what was begun from being finished.
    """
    stream = sys.stderr or sys.stdout
    if stream is not None:  # pyright: ignore[reportUnnecessaryComparison]
        with contextlib.suppress(OSError):
            print(text, file=stream, flush=True)


if __name__ == "__main__":
    main()

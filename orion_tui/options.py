"""What `orion-tui` is asked for on its command line."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import UsageError
from orion_tui.core.appearance import THEMES

_HELP = """\
keys: ? in the application, or `orion keys`; settings: 8, or `orion settings`
exit codes: 2 the request is wrong, 3 there is no such session, 11 the state directory cannot be used (docs/cli.md)
"""


@attrs.frozen(kw_only=True)
class Options:
    """The command line, read."""

    session: str = ""
    demo: bool = False
    theme: str = ""
    read_only: bool = False
    version: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """Read a command line; `--help` and what no option is end the program here, as argparse does.

    Raises UsageError for a theme that does not exist and for options that exclude each other.
    """
    if not arguments:
        # The usual start; argparse and what it imports cost more than reading the store.
        return Options()
    import argparse

    parser = argparse.ArgumentParser(
        prog="orion-tui",
        description="Supervise AI agents: what waits for you first. q leaves; work goes on.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help="open this session: its id, or the beginning of it"
    )
    parser.add_argument("--demo", action="store_true", help="a shipped piece of work on a sample repository")
    parser.add_argument(
        "--theme", metavar="NAME", help=f"colours for this run: {', '.join(THEMES)} (the terminal's own)"
    )
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="only look: nothing can be changed, nothing is started, and what you saw does not count as seen",
    )
    parser.add_argument("--version", action="store_true", help="say which version this is")
    given = parser.parse_args(arguments)
    if given.session is not None and not given.session.strip():
        raise UsageError("the session's id is empty", hint="leave it out to begin at mission control")
    if given.demo and (given.session or given.read_only):
        other = "a session" if given.session else "--read-only"
        raise UsageError(f"--demo begins work of its own, so it does not go with {other}", hint="give one of them")
    if given.theme is not None and given.theme not in THEMES:
        from orion_tui.roles.problems import did_you_mean

        raise UsageError(
            f"there is no theme {given.theme!r}{did_you_mean(given.theme, THEMES)}", hint=f"one of {', '.join(THEMES)}"
        )
    return Options(
        session=given.session or "",
        demo=given.demo,
        theme=given.theme or "",
        read_only=given.read_only,
        version=given.version,
    )

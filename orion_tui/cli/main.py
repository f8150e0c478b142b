"""`orion`: the table of commands, and the one place where errors end.

    0        done; for `work --wait`: the session is completed
    1        an error of Orion's own
    2..15    see `orion_tui.base.errors`: the exit code names what kind of thing is wrong
    20..25   `work --wait`: how else the session ended (see `orion_tui.cli.follow`)
    130      interrupted from the keyboard
    141      whoever read the output went away

Only click is imported here; everything else when a command runs.
"""

import os
import sys
from typing import NoReturn

import click

from orion_tui import __version__
from orion_tui.base.errors import OrionError
from orion_tui.cli.lazy import Entry, LazyGroup

INTERRUPTED = 130
READER_GONE = 141

_WORK, _REVIEW, _RULES, _MACHINE = "Work", "Review", "Rules and credentials", "This machine"

COMMANDS = {
    "work": Entry("orion_tui.cli.work:work", "Start a session: a goal, a role, a plan.", _WORK),
    "status": Entry("orion_tui.cli.status:status", "What runs, what waits, what is done.", _WORK),
    "sessions": Entry("orion_tui.cli.sessions:sessions", "List sessions, newest first; clean them up.", _WORK),
    "plan": Entry("orion_tui.cli.plan:plan", "The plan of a session; decide on one that waits.", _WORK),
    "approvals": Entry("orion_tui.cli.approvals:approvals", "What waits for your word, and your answer.", _WORK),
    "pause": Entry("orion_tui.cli.control:pause", "Finish the step in flight and stop there.", _WORK),
    "resume": Entry("orion_tui.cli.control:resume", "Go on after a pause.", _WORK),
    "cancel": Entry("orion_tui.cli.control:cancel", "End a session; its work so far is kept.", _WORK),
    "hint": Entry("orion_tui.cli.steer:hint", "Say something to the agent at work.", _WORK),
    "budget": Entry("orion_tui.cli.steer:budget", "What a session may use; set it anew.", _WORK),
    "retry": Entry("orion_tui.cli.steer:retry", "Try failed tasks again.", _WORK),
    "watch": Entry("orion_tui.cli.watch:watch", "Say what happens, line by line, in plain words.", _WORK),
    "logs": Entry("orion_tui.cli.logs:logs", "What happened, event by event.", _WORK),
    "diff": Entry("orion_tui.cli.diff:diff", "Show what a session would change.", _REVIEW),
    "checkpoints": Entry("orion_tui.cli.checkpoints:checkpoints", "What a session can be taken back to.", _REVIEW),
    "rollback": Entry("orion_tui.cli.rollback:rollback", "Take a session back to a checkpoint.", _REVIEW),
    "trash": Entry("orion_tui.cli.trash:trash", "What was taken back: list, restore, empty.", _REVIEW),
    "promote": Entry("orion_tui.cli.promote:promote", "Bring a session's work into your repository.", _REVIEW),
    "reject": Entry("orion_tui.cli.promote:reject", "Turn a session's work down.", _REVIEW),
    "undo-promote": Entry(
        "orion_tui.cli.promote:undo_promote", "Take a promotion back, keeping later commits.", _REVIEW
    ),
    "role": Entry("orion_tui.cli.role:role", "List, show and check roles.", _RULES),
    "auth": Entry("orion_tui.cli.auth:auth", "Set your PIN, see where it is kept.", _RULES),
    "model": Entry("orion_tui.cli.model:model", "Language models: keys, what is chosen, a test.", _RULES),
    "mcp": Entry("orion_tui.cli.mcp:mcp", "Servers of external tools: what they offer, a test.", _RULES),
    "settings": Entry("orion_tui.cli.settings:settings", "Every setting and where it comes from; set one.", _RULES),
    "keys": Entry("orion_tui.cli.keys:keys", "The keys of orion-tui, and how to have your own.", _RULES),
    "doctor": Entry("orion_tui.cli.doctor:doctor", "Check this machine, with a fix for each fault.", _MACHINE),
    "sandbox": Entry("orion_tui.cli.sandbox:sandbox", "Build, list and try what contains the work.", _MACHINE),
    "daemon": Entry("orion_tui.cli.daemon:daemon", "The supervisor: start, stop, look; make it a service.", _MACHINE),
    "uninstall": Entry("orion_tui.cli.uninstall:uninstall", "List and remove what Orion made here.", _MACHINE),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The application itself is `orion-tui`. Exit codes and JSON keys: docs/cli.md.",
)
@click.version_option(__version__, "-V", "--version", prog_name="orion")
def cli() -> None:
    """Supervise autonomous AI agents: governed, sandboxed, reviewable, reversible."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line to its end; the exit code. Nothing a command raises on purpose passes this point."""
    _speak_any_encoding()
    if os.environ.get("_ORION_COMPLETE"):
        return _complete(os.environ["_ORION_COMPLETE"])
    try:
        # Not `cli.main`: it ends the process by itself when a reader goes away.
        with cli.make_context("orion", sys.argv[1:] if arguments is None else arguments) as context:
            result = cli.invoke(context)
        code = result if isinstance(result, int) else 0
        if code == 0:
            _mention_finished_work()
        sys.stdout.flush()
    except OrionError as error:
        code = report(error)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort, EOFError):
        click.echo("\ninterrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whatever is still buffered has nowhere to go; without this the interpreter complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_GONE
    return code


def _complete(instruction: str) -> int:
    """Answer the shell's question for completions (docs/cli.md says how to switch them on)."""
    from click.shell_completion import shell_complete

    return shell_complete(cli, {}, "orion", "_ORION_COMPLETE", instruction)


def report(error: OrionError) -> int:
    """Tell an error as one block: what happened, to what, every problem, what to do. Its exit code."""
    from orion_tui.base.text import clean

    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(clean(str(error)), err=True)
    return error.exit_code


def _speak_any_encoding() -> None:
    """Names that are not UTF-8, and signs that a terminal lacks, must not end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _mention_finished_work() -> None:
    if sys.stderr.isatty():
        from orion_tui.cli.notice import notice

        if line := notice(os.environ):
            click.secho(line, fg="cyan", err=True)


def main() -> NoReturn:
    """The entry point."""
    sys.exit(run())


if __name__ == "__main__":
    main()

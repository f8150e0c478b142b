"""Commands taken apart: shell texts into simple commands, wrappers into what they run, programs into claims.

Every simple command claims `run` with its exact argument vector. What it is run by (`env`, `timeout`, `sh -c`) claims
`run` with its own: a `run(pattern)` rule of a role grants only what it spells at every level, while the kinds of the
innermost program (`run_tests`) are those of the whole.
"""

import re
from collections.abc import Iterable

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.findings import Findings
from orion_tui.core.aegis.invocation import Invocation, joined
from orion_tui.core.aegis.places import DEVICE, WORKSPACE, Where, resolve, system_program
from orion_tui.core.aegis.programs import PROGRAMS
from orion_tui.core.aegis.programs.outputs import claim_outputs
from orion_tui.core.aegis.shell import parse
from orion_tui.core.aegis.shell_words import Command, Redirect
from orion_tui.core.aegis.variables import HARMLESS_VARIABLES

MAX_DEPTH = 10

_VERSION = re.compile(r"-?[0-9][0-9.]*")


@attrs.define
class _Directory:
    """Where a script stands while it is read."""

    path: str
    #: A `cd` may or may not have taken effect, once its `&&` chain was left.
    moved: bool = False


class CommandReader:
    """Reads commands into findings."""

    def __init__(self, out: Findings) -> None:
        self._out = out

    def top(self, argv: tuple[str, ...], *, cwd: str, env: tuple[tuple[str, str], ...] = ()) -> None:
        """A command as it is run by itself."""
        self._out.part()
        self._variables(name for name, _ in env)
        self._argv(argv, Invocation(name="", args=(), cwd=cwd, out=self._out, reader=self))

    def text(self, text: str, *, cwd: str, env: tuple[tuple[str, str], ...] = ()) -> None:
        """A shell text as it is run by itself; the `sh -c` around it is the way to run it, not part of it."""
        self._variables(name for name, _ in env)
        self._script(text, Invocation(name="", args=(), cwd=cwd, out=self._out, reader=self), fresh=True)

    def argv(self, argv: tuple[str, ...], around: Invocation) -> None:
        """What another command runs as part of itself."""
        if argv[:1] in (("cd",), ("pushd",), ("popd",)):
            # `command cd ..` moves the shell, `env cd ..` moves nothing.
            self._out.doubt("a directory that depends on what succeeded")
        self._argv(argv, around)

    def script(self, text: str, around: Invocation) -> None:
        """What another command runs through a shell."""
        self._script(text, around, fresh=False)

    # -- scripts --------------------------------------------------------------------------------------------------

    def _script(self, text: str, around: Invocation, *, fresh: bool) -> None:
        if around.depth >= MAX_DEPTH:
            self._out.doubt("nesting too deep to read")
            return
        script = parse(text)
        for reason in script.doubts:
            self._out.doubt(reason)
        directory = _Directory(around.cwd)
        before: Command | None = None
        with self._out.inside(around.chain):
            for index, command in enumerate(script.commands):
                if index or fresh:
                    self._out.part()
                if directory.moved and not _certain(command, before):
                    self._out.doubt("a directory that depends on what succeeded")
                feed = _printed(before) if command.after == "|" else ()
                self._command(command, directory, around, feed)
                before = command

    def _command(self, command: Command, directory: _Directory, around: Invocation, feed: tuple[str, ...]) -> None:
        self._variables(word.assigns for word in command.assignments)
        words = tuple(word.text for word in command.words)
        assigned = tuple(word.text for word in command.assignments)
        near = attrs.evolve(
            around, cwd=directory.path, depth=around.depth + 1, stdin=(*command.documents, *feed), chain=around.chain
        )
        if assigned and words:
            near.claim(ActionKind.RUN, joined((*assigned, *words)))
            near = attrs.evolve(near, chain=(*near.chain, (joined((*assigned, *words)), near.directory)))
        if words:
            self._argv(words, near)
            if words[:1] in (("cd",), ("pushd",), ("popd",)):
                self._move(words, directory, command)
        elif assigned:
            near.look()
        for redirect in command.redirects:
            self._file(redirect, near)

    def _move(self, words: tuple[str, ...], directory: _Directory, command: Command) -> None:
        target = words[-1] if len(words) > 1 else "/home/agent"
        place = resolve(target, directory.path)
        directory.path = f"{WORKSPACE}/{place.path}" if place.where is Where.WORKSPACE else place.path
        directory.moved = True
        if command.after in {"|", "||"} or words[:1] != ("cd",) or len(words) > 2:
            self._out.doubt("a directory that depends on what succeeded")

    def _file(self, redirect: Redirect, near: Invocation) -> None:
        if not redirect.target.certain:
            self._out.doubt("a redirection to a file that is not known")
        if DEVICE.fullmatch(redirect.target.text):
            return
        self._out.part(alone=True)
        if redirect.writes:
            near.write(redirect.target.text)
        else:
            near.read(redirect.target.text)
            place = resolve(redirect.target.text, near.cwd)
            if place.where is Where.WORKSPACE:
                self._out.name(place.path)

    def _variables(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in HARMLESS_VARIABLES:
                self._out.doubt("a variable that may change what runs")

    # -- programs -------------------------------------------------------------------------------------------------

    def _argv(self, argv: tuple[str, ...], near: Invocation) -> None:
        if not argv:
            return
        command = joined(argv)
        near.claim(ActionKind.RUN, command)
        if near.depth >= MAX_DEPTH:
            self._out.doubt("nesting too deep to read")
            return
        chain = (*near.chain, (command, near.directory))
        invocation = attrs.evolve(near, name=argv[0], args=argv[1:], depth=near.depth + 1, chain=chain)
        name = self._program(argv[0], invocation)
        handler = PROGRAMS.get(name or "")
        if name is None or handler is None:
            invocation.hazards()
            return
        known = attrs.evolve(invocation, name=name)
        claim_outputs(known)
        handler(known)

    def _program(self, program: str, near: Invocation) -> str | None:
        """The name of one of the system's programs; None, with the reason noted, for anything else."""
        if "/" in program:
            place = near.place(program)
            known = system_program(place.path) if place.where is Where.SYSTEM else None
            if known is None:
                if place.where is Where.WORKSPACE:
                    self._out.name(place.path)
                self._out.doubt("a program from the workspace" if place.where is Where.WORKSPACE else "an odd program")
                return None
            program = known
        if not program or program.startswith("-"):
            self._out.doubt("an odd program")
            return None
        if program in PROGRAMS:
            return program
        shorter = _VERSION.sub("", program, count=1) if (found := _VERSION.search(program)) else program
        if found and found.end() == len(program) and shorter in PROGRAMS:
            return shorter
        return program


def _certain(command: Command, before: Command | None) -> bool:
    """Whether a command after a `cd` runs only if it succeeded: in its `&&` chain, or piped to from there."""
    if command.after == "|":
        return before is not None and not any(word.text in {"cd", "pushd", "popd"} for word in before.words[:1])
    return command.after == "&&"


def _printed(command: Command | None) -> tuple[str, ...]:
    """What a command is seen to print into a pipe."""
    if command is None or not command.words:
        return ()
    words = [word.text for word in command.words]
    if words[0] in {"echo", "printf"}:
        return (" ".join(word for word in words[1:] if word not in {"-n", "-e", "-E"}),)
    return command.documents if words[0] == "cat" else ()

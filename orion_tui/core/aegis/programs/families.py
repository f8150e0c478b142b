"""Programs with subcommands (`cargo test`, `npm run build`), and targets whose name says what they do (`make test`)."""

import re
from collections.abc import Callable, Iterable, Mapping

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs import files, looking
from orion_tui.core.aegis.programs.injection import telling

Entry = ActionKind | Callable[[Invocation], None]

#: Kinds that are claimed wherever a word names them, also where the rest is not understood: they are to be stopped.
_STOPPED = frozenset({ActionKind.PUBLISH, ActionKind.DEPLOY, ActionKind.PUSH, ActionKind.MODIFY_INFRASTRUCTURE})

_TARGETS = (
    (re.compile(r"(?:.*[:_.-])?(?:deploy|ship|rollout|promote|prod|production)(?:[:_.-].*)?"), ActionKind.DEPLOY),
    (re.compile(r"(?:.*[:_.-])?(?:publish|release|upload)(?:[:_.-].*)?"), ActionKind.PUBLISH),
    (re.compile(r"(?:.*[:_.-])?push(?:[:_.-].*)?"), ActionKind.PUSH),
    (re.compile(r"(?:.*[:_.-])?(?:migrate|migration|migrations|db)(?:[:_.-].*)?"), ActionKind.CHANGE_SCHEMA),
    (
        re.compile(r"(?:.*[:_.-])?(?:install|setup|bootstrap|deps|dependencies)(?:[:_.-].*)?"),
        ActionKind.INSTALL_PACKAGES,
    ),
    (re.compile(r"(?:tests?|check|spec|coverage|cov|unit|integration|e2e)(?:[:_.-][\w:.-]*)?"), ActionKind.RUN_TESTS),
    (
        re.compile(r"(?:lint|typecheck|type-check|types|vet|mypy|ruff|eslint)(?:[:_.-][\w:.-]*)?"),
        ActionKind.RUN_LINTERS,
    ),
    (re.compile(r"(?:fmt|format|prettier|black)(?:[:_.-][\w:.-]*)?"), ActionKind.FORMAT_CODE),
    (
        re.compile(r"(?:all|build|compile|dist|docs?|html|bundle|package|assemble)(?:[:_.-][\w:.-]*)?"),
        ActionKind.RUN_BUILD,
    ),
)


def target_kind(target: str) -> ActionKind | None:
    """What a target of a build file is by its name; None where the name tells nothing."""
    name = target.casefold()
    return next((kind for pattern, kind in _TARGETS if pattern.fullmatch(name)), None)


def claim_target(call: Invocation, target: str) -> None:
    """Claim what a target of a build file does by its name; one that tells nothing is decided by the file."""
    kind = target_kind(target)
    if kind is None:
        call.doubt("a target that the workspace defines")
    else:
        call.claim(kind, "", f"the target {target}")


def family(
    table: Mapping[str, Entry],
    *,
    takes: Iterable[str] = (),
    plain: Iterable[str] = (),
    alone: Entry | None = None,
    refuse: Iterable[str] = (),
) -> Handler:
    """A handler for `NAME [options] SUBCOMMAND [arguments]`.

    `takes` and `plain` are options before the subcommand that are harmless, with and without a value; any other is a
    doubt. `alone` is what the program does without a subcommand. `refuse` are options that, anywhere, run something.
    A subcommand that is not in the table claims nothing and is a doubt.
    """
    takes, plain, refused = frozenset(takes), frozenset(plain), frozenset(refuse)

    def handler(call: Invocation) -> None:
        rest = list(call.args)
        while rest and rest[0].startswith(("-", "+")):
            option = rest.pop(0)
            if option in takes and rest:
                rest.pop(0)
            elif option.partition("=")[0] not in takes and option not in plain:
                call.doubt(f"an option of {call.name} that is not known")
        if any(arg.partition("=")[0] in refused for arg in call.args):
            call.doubt(f"an option of {call.name} that runs a program")
        _stopped(call, table)
        if not rest:
            _enter(call, alone if alone is not None else "", ())
            return
        _enter(call, table.get(rest[0], ""), rest[1:])

    return handler


def _stopped(call: Invocation, table: Mapping[str, Entry]) -> None:
    for arg in call.args:
        entry = table.get(arg)
        if isinstance(entry, ActionKind) and entry in _STOPPED:
            call.claim(entry, "", arg)


def _enter(call: Invocation, entry: Entry | str, args: Iterable[str]) -> None:
    inner = attrs.evolve(call, args=tuple(args))
    if isinstance(entry, ActionKind):
        inner.claim(entry)
        inner.hazards()
    elif isinstance(entry, str):
        if set(call.args) <= {"--version", "--help", "-h", "-V", "version", "help"} and call.args:
            inner.look()
        else:
            inner.doubt(f"a use of {call.name} that is not known")
            inner.hazards()
    else:
        entry(inner)


def looks(call: Invocation) -> None:
    """A subcommand that only looks."""
    call.look()
    call.hazards()


def doubtful(reason: str) -> Callable[[Invocation], None]:
    """A subcommand that does what nobody can tell from here."""

    def handler(call: Invocation) -> None:
        call.doubt(reason)
        call.hazards()

    return handler


def runs(call: Invocation) -> None:
    """A subcommand that runs another command: `poetry run pytest`."""
    rest = list(call.args)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
        call.doubt(f"an option of {call.name} that may change what runs")
    if not rest:
        call.doubt("nothing to run")
        return
    if rest[0] in looking.PROGRAMS or rest[0] in files.PROGRAMS:
        # Scripts of the project come first, whatever they are called.
        call.doubt("a name that the project may define")
    call.run(rest)


def scripts(call: Invocation) -> None:
    """`run NAME`: a script that the workspace defines, told by its name."""
    rest = [arg for arg in call.args if not arg.startswith("-")]
    own = call.args[: call.args.index("--")] if "--" in call.args else call.args
    if any(arg.startswith("-") and arg not in {"-s", "--silent", "-q"} for arg in own) or telling(call.args):
        call.doubt(f"an option of {call.name} that may change what runs")
    if rest:
        claim_target(call, rest[0])
    else:
        call.look()
    call.hazards()

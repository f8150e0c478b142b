"""Other languages' interpreters: a script of the workspace, or a text, decides what happens."""

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs import visible
from orion_tui.core.aegis.programs.families import doubtful, family

_TEXT_OPTIONS = frozenset({"-e", "-E", "--eval", "-p", "--print", "-r", "-x", "-c", "-l"})


def _interpreter(call: Invocation) -> None:
    if set(call.args) <= {"--version", "-v", "-V", "--help", "-h"} and call.args:
        call.look()
        return
    call.doubt("a program from the workspace")
    rest = list(call.args)
    while rest:
        arg = rest.pop(0)
        if arg in _TEXT_OPTIONS and rest:
            visible.judge(call, rest.pop(0))
        elif arg[:2] in {"-e", "-E"} and len(arg) > 2:
            visible.judge(call, arg[2:])
    for text in call.stdin:
        visible.judge(call, text)
    call.hazards()
    files = [arg for arg in call.args if not arg.startswith("-")]
    if files:
        call.decides(files[0])


def _node(call: Invocation) -> None:
    if "--test" in call.args and not {"-e", "--eval", "-p", "-r", "--require", "--import", "--loader"} & {
        arg.partition("=")[0] for arg in call.args
    }:
        call.claim(ActionKind.RUN_TESTS)
        call.hazards()
        return
    _interpreter(call)


_DENO = family(
    {
        "test": ActionKind.RUN_TESTS,
        "lint": ActionKind.RUN_LINTERS,
        "check": ActionKind.RUN_LINTERS,
        "fmt": ActionKind.FORMAT_CODE,
        "add": ActionKind.ADD_DEPENDENCY,
        "install": ActionKind.INSTALL_PACKAGES,
        "publish": ActionKind.PUBLISH,
        "run": doubtful("a program from the workspace"),
    }
)

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("node", "nodejs", "tsx", "ts-node"), _node),
    **dict.fromkeys(
        *(
            (
                *(
                    "perl",
                    "ruby",
                    "php",
                    "lua",
                    "luajit",
                    "tclsh",
                    "Rscript",
                    "julia",
                    "java",
                    "kotlin",
                    "scala",
                    "groovy",
                ),
                *("elixir", "iex", "erl", "escript", "guile", "racket", "sbcl", "clojure", "osascript", "pwsh", "irb"),
                *("psql", "mysql", "sqlite3", "mongosh", "redis-cli", "wasmtime", "qemu", "wine", "m4", "bc", "dc"),
            ),
            _interpreter,
        )
    ),
    "deno": _DENO,
}

"""Build tools and compilers, and the toolchains of Go, Rust, Java, .NET and others."""

import re

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs.families import claim_target, doubtful, family, looks
from orion_tui.core.aegis.programs.injection import telling

_TEST, _LINT, _BUILD, _FORMAT = (
    ActionKind.RUN_TESTS,
    ActionKind.RUN_LINTERS,
    ActionKind.RUN_BUILD,
    ActionKind.FORMAT_CODE,
)
_DEFINED = doubtful("a program of the workspace")


def _make(call: Invocation) -> None:
    """make, just, task, rake: targets by name. Variables and other build files may change what they mean."""
    args = call.parse(("-j", "-l", "--jobs", "-C", "--directory", "-f", "--file", "--makefile", "-I", "--justfile"))
    if not args.only("-j", "--jobs", "-k", "--keep-going", "-s", "--silent", "-n", "--dry-run", "-B", "-q", "-i"):
        call.doubt(f"an option of {call.name} that may change what runs")
    targets = [arg for arg in args.operands if "=" not in arg]
    if len(targets) < len(args.operands):
        call.doubt("a variable that may change what runs")
    for target in targets:
        claim_target(call, target)
    if not targets:
        call.claim(_BUILD)
    call.out.name("Makefile" if call.name in {"make", "gmake"} else call.name.capitalize() + "file")
    call.hazards()


def _tasks(*takes: str) -> Handler:
    """gradle, mvn, ant, invoke: tasks by name."""

    def handler(call: Invocation) -> None:
        args = call.parse(takes)
        plain = {
            "-q",
            "--quiet",
            "-o",
            "--offline",
            "-B",
            "--batch-mode",
            "--no-daemon",
            "--info",
            "--stacktrace",
            "-e",
        }
        if not args.only(*plain):
            call.doubt(f"an option of {call.name} that may change what runs")
        for task in args.operands:
            if task in {"clean", "compile", "package", "assemble", "jar", "classes", "process-resources"}:
                call.claim(_BUILD)
            elif task in {"verify"}:
                call.claim(_TEST)
            else:
                claim_target(call, task.rsplit(":", 1)[-1] if ":" in task else task)
        if not args.operands:
            call.claim(_BUILD)
        call.hazards()

    return handler


def _compiler(call: Invocation) -> None:
    call.claim(_BUILD)
    # Plugins and wrappers are programs that the compiler runs.
    if telling(call.args) or any(re.match(r"-(?:B|Xclang|load|Xplugin|J|Wl,.*plugin|r$)", arg) for arg in call.args):
        call.doubt(f"an option of {call.name} that runs a program")
    if any(arg.startswith("@") for arg in call.args):
        call.doubt("arguments that come from a file")
    args = call.parse(("-o", "-I", "-L", "-l", "-D", "-x", "-std", "-d", "-cp"))
    for path in args.values("-o"):
        call.write(path)
    call.hazards()


def _cmake(call: Invocation) -> None:
    call.claim(_BUILD)
    if any(arg in {"-E", "-P", "-C", "-T"} for arg in call.args) or telling(call.args):
        call.doubt("a script of cmake")
    for target in call.parse(("-t", "--target", "-S", "-B", "-G", "--build", "-j")).values("-t", "--target"):
        claim_target(call, target)
    if "--install" in call.args:
        call.claim(ActionKind.INSTALL_PACKAGES)
    call.hazards()


def _documentation(call: Invocation) -> None:
    """mkdocs, sphinx-build, mdbook ...: pages from sources; configuration of the workspace may run code."""
    args = call.parse(("-f", "-d", "--site-dir", "--config-file", "-b", "-c", "-D", "-j", "-s"))
    words = {arg.casefold() for arg in args.operands[:1]}
    if words & {"gh-deploy", "deploy", "publish"}:
        call.claim(ActionKind.DEPLOY, "", "publishes pages")
    elif words & {"serve", "watch", "start"}:
        call.doubt("a server")
    call.claim(_BUILD)
    if telling(call.args) or {"-F", "-L", "-r", "-t", "--filter"} & set(call.args):
        call.doubt(f"an option of {call.name} that may run something else")
    call.hazards()


def _go(call: Invocation) -> None:
    if any(re.match(r"--?(?:exec|toolexec|vettool|modfile|overlay|ldflags|gcflags)\b", arg) for arg in call.args):
        call.doubt("an option of go that may change what runs")
    _GO(call)


def _go_get(call: Invocation) -> None:
    for name in call.parse().operands or ("",):
        package = name.partition("@")[0]
        call.claim(ActionKind.ADD_DEPENDENCY, package)
        call.claim(ActionKind.INSTALL_PACKAGES, package)


def _go_mod(call: Invocation) -> None:
    if call.args[:1] and call.args[0] in {"verify", "graph", "why"}:
        call.look()
    elif call.args[:1] == ("download",):
        call.claim(ActionKind.INSTALL_PACKAGES)
    else:
        call.claim(ActionKind.ADD_DEPENDENCY, "", "changes go.mod")


def _installs(call: Invocation) -> None:
    for name in call.parse(
        ("--version", "--git", "--path", "--features", "-F", "-p", "--root", "--rename")
    ).operands or ("",):
        call.claim(ActionKind.ADD_DEPENDENCY, name.partition("@")[0])
        call.claim(ActionKind.INSTALL_PACKAGES, name.partition("@")[0])


def _dotnet_add(call: Invocation) -> None:
    _installs(attrs.evolve(call, args=tuple(arg for arg in call.args if arg != "package")))


_GO = family(
    {
        "test": _TEST,
        "vet": _LINT,
        "build": _BUILD,
        "fmt": _FORMAT,
        "list": looks,
        "env": doubtful("settings of go"),
        "version": looks,
        "doc": looks,
        "get": _go_get,
        "install": _go_get,
        "mod": _go_mod,
        "run": _DEFINED,
        "generate": _DEFINED,
        "tool": _DEFINED,
    }
)

_CARGO = family(
    {
        "test": _TEST,
        "t": _TEST,
        "nextest": _TEST,
        "bench": _TEST,
        "check": _LINT,
        "c": _LINT,
        "clippy": _LINT,
        "audit": _LINT,
        "deny": _LINT,
        "build": _BUILD,
        "b": _BUILD,
        "doc": _BUILD,
        "clean": _BUILD,
        "fmt": _FORMAT,
        "fix": _FORMAT,
        "tree": looks,
        "metadata": looks,
        "search": doubtful("a registry"),
        "add": _installs,
        "remove": _installs,
        "rm": _installs,
        "update": _installs,
        "install": _installs,
        "fetch": ActionKind.INSTALL_PACKAGES,
        "generate-lockfile": ActionKind.ADD_DEPENDENCY,
        "publish": ActionKind.PUBLISH,
        "yank": ActionKind.PUBLISH,
        "owner": ActionKind.PUBLISH,
        "login": ActionKind.ACCESS_CREDENTIALS_STORE,
        "run": _DEFINED,
        "r": _DEFINED,
    },
    takes=("--color",),
    plain=("-q", "--quiet", "-v", "--verbose", "--locked", "--offline", "--frozen"),
    refuse=("--config", "-Z"),
)

_DOTNET = family(
    {
        "test": _TEST,
        "build": _BUILD,
        "publish": _BUILD,  # builds an output folder; nothing leaves the machine
        "clean": _BUILD,
        "format": _FORMAT,
        "restore": ActionKind.INSTALL_PACKAGES,
        "add": _dotnet_add,
        "remove": _dotnet_add,
        "nuget": ActionKind.PUBLISH,
        "run": _DEFINED,
    }
)

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("make", "gmake", "just", "task", "rake", "mage", "nmake"), _make),
    **dict.fromkeys(
        ("gradle", "mvn", "mvnd", "ant", "sbt", "lein", "invoke", "inv", "doit", "bazel", "buck2"), _tasks()
    ),
    **dict.fromkeys(
        (
            "gcc",
            "g++",
            "cc",
            "c++",
            "clang",
            "clang++",
            "rustc",
            "javac",
            "kotlinc",
            "scalac",
            "swiftc",
            "ghc",
            "ocamlc",
        ),
        _compiler,
    ),
    **dict.fromkeys(("ninja", "meson", "scons", "b2", "ld", "as", "nasm", "protoc"), _compiler),
    "cmake": _cmake,
    **dict.fromkeys(
        ("mkdocs", "sphinx-build", "mdbook", "jekyll", "hugo", "pandoc", "doxygen", "typedoc", "pdoc", "asciidoctor"),
        _documentation,
    ),
    **dict.fromkeys(("webpack", "rollup", "esbuild", "parcel", "swc", "babel", "sass", "postcss"), _compiler),
    "go": _go,
    "cargo": _CARGO,
    "dotnet": _DOTNET,
    "swift": family({"test": _TEST, "build": _BUILD, "run": _DEFINED, "package": doubtful("packages")}),
    "mix": family(
        {
            "test": _TEST,
            "compile": _BUILD,
            "format": _FORMAT,
            "credo": _LINT,
            "dialyzer": _LINT,
            "deps.get": ActionKind.INSTALL_PACKAGES,
            "hex.publish": ActionKind.PUBLISH,
            "ecto.migrate": ActionKind.CHANGE_SCHEMA,
        }
    ),
    "zig": family({"test": _TEST, "build": _DEFINED, "fmt": _FORMAT, "build-exe": _BUILD}),
}

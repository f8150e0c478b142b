"""Package managers: what they install, add and publish, by the name of the package."""

import re
from itertools import dropwhile

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.manifests import requirement_name
from orion_tui.core.aegis.programs.families import Entry, claim_target, doubtful, family, looks, runs, scripts
from orion_tui.core.aegis.programs.injection import telling

_INSTALL, _ADD, _PUBLISH = ActionKind.INSTALL_PACKAGES, ActionKind.ADD_DEPENDENCY, ActionKind.PUBLISH
_CREDENTIALS = ActionKind.ACCESS_CREDENTIALS_STORE

_PIP_VALUES = (
    *("-r", "-c", "-e", "-t", "-i", "-f", "--requirement", "--constraint", "--editable", "--target", "--index-url"),
    *("--extra-index-url", "--find-links", "--prefix", "--root", "--src", "--python", "--proxy", "--timeout", "--log"),
    *("--platform", "--python-version", "--implementation", "--abi", "--trusted-host", "--cert", "--client-cert", "-d"),
    *("--dest", "-w", "--wheel-dir", "--cache-dir", "--report", "--progress-bar", "--only-binary", "--no-binary", "-C"),
    *("--config-settings", "--upgrade-strategy", "--root-user-action", "--global-option", "--group", "--extra", "-p"),
)


def package_of(text: str) -> str:
    """The package that an argument of an installer names; empty where it names a file, a folder or an address."""
    wheel = re.fullmatch(r"(?:.*/)?([A-Za-z0-9_.]+)-[0-9][^/]*\.(?:whl|tar\.gz|zip)", text)
    if wheel:
        return wheel.group(1)
    if "://" in text or text.startswith((".", "/", "~")) or ("/" in text and not text.startswith("@")):
        return ""
    return requirement_name(text)


def _adds(takes: tuple[str, ...] = ()) -> Handler:
    """`add NAME ...`: dependencies by name, into the manifest and installed."""

    def handler(call: Invocation) -> None:
        for name in call.parse(takes).operands or ("",):
            package = package_of(name)
            call.claim(_ADD, package, f"{call.name} changes the dependencies")
            call.claim(_INSTALL, package)
        call.hazards()

    return handler


def _pip_install(call: Invocation) -> None:
    args = call.parse(_PIP_VALUES)
    for name in args.operands:
        package = package_of(name)
        # What is installed by name becomes something the work leans on, whether or not a manifest says so.
        call.claim(_INSTALL, package, "installs a package")
        call.claim(_ADD, package, "installs a package by name")
    for path in args.values("-r", "--requirement", "-e", "--editable", "-c", "--constraint"):
        call.claim(_INSTALL, "", f"installs what {path} names")
        call.out.name(path)
    if not args.operands:
        call.claim(_INSTALL, "", "installs packages")
    if args.has("--python", "--config-settings", "--global-option", "-C"):
        call.doubt("an option of pip that may change what runs")
    call.hazards()


_PIP_TABLE: dict[str, Entry] = {
    "install": _pip_install,
    "uninstall": _pip_install,
    "download": _pip_install,
    "wheel": _pip_install,
    "sync": _pip_install,
    "compile": _ADD,
    "list": looks,
    "show": looks,
    "freeze": looks,
    "check": looks,
    "inspect": looks,
    "tree": looks,
    "hash": looks,
    "index": doubtful("a registry"),
    "config": doubtful("settings of pip"),
    "cache": doubtful("the cache of pip"),
}
_pip = family(
    _PIP_TABLE, takes=_PIP_VALUES, plain=("-q", "-v", "--quiet", "--no-input", "--isolated", "-qq", "--no-cache-dir")
)


def _npm_install(call: Invocation) -> None:
    args = call.parse(("--prefix", "-C", "--registry", "-w", "--workspace", "--tag", "--omit", "--include", "--cwd"))
    for name in args.operands:
        call.claim(_ADD, package_of(name), "adds a package by name")
        call.claim(_INSTALL, package_of(name))
    if not args.operands:
        call.claim(_INSTALL, "", "installs what the manifest names, with its scripts")
    if args.has("--prefix", "-C", "--registry", "-g", "--global", "--cwd", "--script-shell"):
        call.doubt(f"an option of {call.name} that may change what is installed")
    call.hazards()


def _fetched(call: Invocation) -> None:
    """npx, uvx, pipx run: a package that is fetched where it is missing, and run."""
    args = list(dropwhile(lambda arg: arg.startswith("-"), call.args))
    call.claim(_INSTALL, package_of(args[0]) if args else "", "runs a package that it installs where it is missing")
    call.doubt("a package that is run where it comes from")
    if args:
        call.run(args)


def _npm_named(kind: ActionKind) -> Entry:
    def handler(call: Invocation) -> None:
        call.claim(kind)
        own = call.args[: call.args.index("--")] if "--" in call.args else call.args
        plain = {"-s", "--silent", "--if-present", "--workspaces", "-ws"}
        if any(arg.startswith("-") and arg not in plain for arg in own) or telling(call.args):
            call.doubt(f"an option of {call.name} that may change what runs")
        call.out.name("package.json")
        call.hazards()

    return handler


_NODE: dict[str, Entry] = {
    **dict.fromkeys(
        ("install", "i", "ci", "clean-install", "in", "isntall", "install-test", "it", "rebuild"), _npm_install
    ),
    **dict.fromkeys(("uninstall", "remove", "rm", "r", "un", "unlink", "update", "up", "upgrade", "dedupe"), _adds()),
    **dict.fromkeys(("add", "link", "ln", "prune", "import"), _adds()),
    **dict.fromkeys(("test", "t", "tst"), _npm_named(ActionKind.RUN_TESTS)),
    **dict.fromkeys(("run", "run-script", "rum", "urn"), scripts),
    "build": _npm_named(ActionKind.RUN_BUILD),
    "pack": _npm_named(ActionKind.RUN_BUILD),
    **dict.fromkeys(("exec", "x", "dlx"), _fetched),
    **dict.fromkeys(("create", "init"), _fetched),
    **dict.fromkeys(("ls", "list", "ll", "why", "explain", "root", "bin", "prefix", "licenses"), looks),
    **dict.fromkeys(("publish", "unpublish", "deprecate", "dist-tag", "owner", "access", "stage"), _PUBLISH),
    **dict.fromkeys(("login", "adduser", "token", "logout", "whoami"), _CREDENTIALS),
    **dict.fromkeys(("start", "stop", "restart", "dev", "serve"), doubtful("a script that the workspace defines")),
    **dict.fromkeys(("view", "info", "outdated", "audit", "search", "config", "version"), doubtful("a registry")),
    "deploy": ActionKind.DEPLOY,
}
_NODE_PLAIN = ("-s", "--silent", "-q", "--quiet", "-d", "--offline", "--frozen-lockfile")


def _yarn(call: Invocation) -> None:
    """yarn without a subcommand installs; an unknown one is a script of the workspace."""
    first = next((arg for arg in call.args if not arg.startswith("-")), None)
    if first is None:
        _npm_install(call)
    elif first not in _NODE and call.args[0] == first:
        claim_target(call, first)
        call.hazards()
    else:
        _NODE_FAMILY(call)


_NODE_FAMILY = family(_NODE, plain=_NODE_PLAIN)


def _system(call: Invocation) -> None:
    """apt, dnf, brew ...: packages of the system."""
    args = call.parse(("-o", "-c", "-t", "--root", "--config-file"))
    words = args.operands
    if words and words[0] in {"list", "show", "search", "info", "policy", "query"}:
        call.look()
        return
    for name in words[1:] or ("",):
        call.claim(_INSTALL, package_of(name), "packages of the system")
    call.doubt("packages of the system")
    call.hazards()


def _python_project(extra: dict[str, Entry]) -> Handler:
    table: dict[str, Entry] = {
        "add": _adds(
            ("-G", "--group", "-D", "--source", "--extras", "-E", "--python", "--index", "--optional", "--tag")
        ),
        "remove": _adds(("-G", "--group")),
        "install": _pip_install,
        "sync": _INSTALL,
        "update": _adds(),
        "lock": _ADD,
        "run": runs,
        "build": ActionKind.RUN_BUILD,
        "publish": _PUBLISH,
        "show": looks,
        "check": looks,
        "list": looks,
        "tree": looks,
        "export": looks,
        "venv": ActionKind.RUN_BUILD,
        "version": doubtful("a version that changes"),
        "shell": doubtful("an interactive shell"),
        "config": doubtful("settings"),
        "self": doubtful("the tool itself"),
        "login": _CREDENTIALS,
        "auth": _CREDENTIALS,
        **extra,
    }
    return family(table, plain=("-q", "-v", "-n", "--no-interaction", "--offline", "--quiet", "--no-progress"))


def _uv_pip(call: Invocation) -> None:
    _pip(attrs.evolve(call, name="pip"))


def _gem(call: Invocation) -> None:
    for name in call.parse(("-v", "--version", "-s", "--source")).operands or ("",):
        call.claim(_INSTALL, package_of(name))
        call.claim(_ADD, package_of(name))
    call.hazards()


def _bundle(call: Invocation) -> None:
    if not call.args:
        call.claim(_INSTALL)
        return
    _BUNDLE(call)


_BUNDLE = family(
    {
        "exec": runs,
        "install": _INSTALL,
        "update": _adds(),
        "add": _adds(("--version", "--group", "--source")),
        "remove": _adds(),
        "lock": _ADD,
        "list": looks,
        "show": looks,
        "check": looks,
    }
)

PROGRAMS: dict[str, Handler] = {
    "pip": _pip,
    "pipx": family({"run": _fetched, "install": _adds(), "inject": _adds(), "list": looks}),
    "uvx": _fetched,
    "uv": _python_project({"pip": _uv_pip, "tool": _fetched, "python": _INSTALL, "x": _fetched, "init": _ADD}),
    "poetry": _python_project({}),
    "pdm": _python_project({"run": scripts}),
    "rye": _python_project({"run": scripts, "test": ActionKind.RUN_TESTS, "lint": ActionKind.RUN_LINTERS}),
    "hatch": _python_project({"run": scripts, "test": ActionKind.RUN_TESTS, "fmt": ActionKind.FORMAT_CODE}),
    "pipenv": _python_project({"uninstall": _adds(), "graph": looks}),
    "flit": _python_project({}),
    **dict.fromkeys(
        ("conda", "mamba", "micromamba", "pixi"),
        family(
            {
                "install": _adds(("-n", "-c", "-p")),
                "create": _adds(("-n", "-c", "-p")),
                "remove": _adds(("-n",)),
                "list": looks,
            }
        ),
    ),
    "npm": _NODE_FAMILY,
    "pnpm": _yarn,
    "yarn": _yarn,
    "bun": _yarn,
    **dict.fromkeys(("npx", "pnpx", "bunx"), _fetched),
    "gem": family(
        {
            "install": _gem,
            "uninstall": _gem,
            "update": _gem,
            "push": _PUBLISH,
            "list": looks,
            "build": ActionKind.RUN_BUILD,
            "signin": _CREDENTIALS,
        }
    ),
    "bundle": _bundle,
    "composer": family(
        {
            "install": _INSTALL,
            "require": _adds(),
            "remove": _adds(),
            "update": _adds(),
            "show": looks,
            "run-script": scripts,
            "validate": looks,
        }
    ),
    **dict.fromkeys(
        *(
            (
                *(
                    "apt",
                    "apt-get",
                    "aptitude",
                    "dpkg",
                    "dnf",
                    "yum",
                    "microdnf",
                    "rpm",
                    "apk",
                    "pacman",
                    "zypper",
                    "brew",
                ),
                *(
                    "snap",
                    "flatpak",
                    "nix",
                    "nix-env",
                    "nix-shell",
                    "guix",
                    "port",
                    "emerge",
                    "xbps-install",
                    "pkg",
                    "choco",
                ),
                *("rustup", "pyenv", "nvm", "asdf", "mise", "corepack", "fnm", "volta", "sdk", "easy_install"),
            ),
            _system,
        )
    ),
}

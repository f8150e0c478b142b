"""git: by subcommand, with what its options and its configuration turn it into."""

import posixpath
import re

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Args, Handler, Invocation, joined
from orion_tui.core.aegis.places import WORKSPACE

_GLOBAL_VALUES = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--super-prefix"})
_GLOBAL_PLAIN = frozenset({"--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs", "--no-replace-objects"})
_LOOKS = frozenset(
    {
        *(
            "status",
            "log",
            "diff",
            "show",
            "blame",
            "annotate",
            "shortlog",
            "describe",
            "ls-files",
            "ls-tree",
            "cat-file",
        ),
        *("rev-parse", "rev-list", "name-rev", "merge-base", "for-each-ref", "show-ref", "show-branch", "check-ignore"),
        *(
            "check-attr",
            "count-objects",
            "diff-tree",
            "diff-index",
            "diff-files",
            "whatchanged",
            "cherry",
            "range-diff",
        ),
        *("var", "version", "fsck", "verify-commit", "verify-tag", "grep", "stripspace", "check-ref-format"),
    }
)
#: Options of looking subcommands that run a program or write a file.
_LOOKS_RUN = (
    "--ext-diff",
    "--textconv",
    "--filters",
    "-O",
    "--open-files-in-pager",
    "--exec",
    "--upload-pack",
    "--contents",
)
_REWRITES = frozenset(
    {"filter-branch", "filter-repo", "replace", "update-ref", "symbolic-ref", "reflog", "gc", "prune"}
)
_WRITES = frozenset(
    {"restore", "checkout-index", "read-tree", "mv", "sparse-checkout", "stash", "apply", "am", "mergetool"}
)
_FETCHES = frozenset({"fetch", "pull", "clone", "ls-remote", "remote-update", "fetch-pack", "archive-remote"})


def _git(call: Invocation) -> None:
    rest = list(call.args)
    inner = call
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        name, equals, value = option.partition("=")
        if name in _GLOBAL_VALUES and not equals and rest:
            value = rest.pop(0)
        if name == "-C":
            place = call.place(value)
            inner = attrs.evolve(
                inner, cwd="/workspace/" + place.path if not place.path.startswith("/") else place.path
            )
        elif name in {"-c", "--config-env"}:
            call.doubt("a setting of git that may change what runs")
            _setting(call, value, rest)
        elif option in {"--version", "--help", "-h", "--html-path", "--man-path"}:
            call.look()
            return
        elif option not in _GLOBAL_PLAIN:
            call.doubt("an option of git that may change what runs")
            call.hazards((option, value))
    if not rest:
        call.look()
        return
    if posixpath.normpath(inner.cwd) != WORKSPACE:
        call.doubt("another repository may be found there")
    if tuple(rest) != call.args:
        # For rules that stop `run(git push *)`: the same command without what stands before the subcommand.
        call.claim(ActionKind.RUN, joined(("git", *rest)))
    subcommand(attrs.evolve(inner, args=tuple(rest[1:])), rest[0])


def _setting(call: Invocation, setting: str, rest: list[str]) -> None:
    """`-c name=value`: an alias is what it stands for; some settings force a push or run a program."""
    name, _, value = setting.partition("=")
    name = name.casefold()
    if name.startswith("alias.") and rest and name == f"alias.{rest[0]}".casefold():
        if value.startswith("!"):
            call.script(" ".join([value[1:], *rest[1:]]))
        else:
            words = value.split()
            if words:
                subcommand(attrs.evolve(call, args=(*words[1:], *rest[1:])), words[0])
    elif name.startswith("remote.") and (
        name.endswith(".mirror") or (name.endswith(".push") and value.startswith("+"))
    ):
        call.claim(ActionKind.FORCE_PUSH, "", "a setting that forces every push")
    elif name.startswith("credential"):
        call.claim(ActionKind.ACCESS_CREDENTIALS_STORE, "", "a credential helper")
    elif re.search(
        r"command$|^core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass)|^sequence\.editor|program$", name
    ):
        call.script(value.lstrip("!"))


def subcommand(call: Invocation, name: str) -> None:
    """Judge `git NAME args`."""
    if handler := _SUBCOMMANDS.get(name):
        handler(call)
    elif name in _LOOKS:
        _looks(call)
    elif name in _REWRITES:
        call.claim(ActionKind.REWRITE_HISTORY, "", f"git {name}")
        call.hazards()
    elif name in _WRITES:
        call.doubt("what git writes into the work tree")
        call.claim(ActionKind.WRITE, "", f"git {name}")
        call.hazards()
    elif name in _FETCHES:
        _fetches(call, name)
    else:
        call.doubt("a subcommand of git that may be an alias")
        call.hazards()


def _looks(call: Invocation) -> None:
    args = call.parse(("-n", "--output", "-S", "-G", "--format", "--since", "--until", "--author"))
    for path in args.values("--output"):
        call.write(path)
    if args.has(*_LOOKS_RUN) or (args.has("--output") and not args.values("--output")):
        call.doubt("an option of git that runs a program or writes a file")
    call.look()
    call.hazards(arg for arg in call.args if not arg.startswith("-"))


def _push(call: Invocation) -> None:
    call.claim(ActionKind.PUSH, "", "git push")
    call.doubt("another repository")
    for arg in call.args:
        letters = re.fullmatch(r"-([A-Za-z46]+)", arg)
        forced = letters is not None and bool(set(letters.group(1)) & {"f", "d"})
        name = arg.partition("=")[0]
        long = len(name) > 3 and any(
            known.startswith(name)
            for known in ("--force", "--force-with-lease", "--force-if-includes", "--mirror", "--delete", "--prune")
        )
        if forced or long or arg.startswith(("+", ":", "$", "--force")) or "--force" in arg:
            call.claim(ActionKind.FORCE_PUSH, "", f"git push {arg}")
        if name.startswith(("--rec", "--exe")):
            call.doubt("a program on the other side")
    call.hazards()


def _commit(call: Invocation) -> None:
    args = call.parse(
        ("-m", "-F", "-C", "-c", "-t", "--message", "--file", "--template", "--author", "--date", "--fixup", "--squash")
    )
    call.claim(ActionKind.COMMIT)
    if args.has("--amend"):
        call.claim(ActionKind.REWRITE_HISTORY, "", "git commit --amend")
    call.hazards((*args.values("-F", "--file", "-t", "--template"), *args.operands))


def _branch(call: Invocation) -> None:
    args = call.parse(("--sort", "--format", "--contains", "--merged", "--no-merged", "--points-at", "-u", "-n"))
    if args.has("-d", "-D", "--delete", "-m", "-M", "--move", "-f", "--force", "-C"):
        call.claim(ActionKind.REWRITE_HISTORY, "", "removes, moves or resets a branch")
    if args.operands or args.has("-u", "--set-upstream-to", "--edit-description"):
        call.claim(ActionKind.CREATE_BRANCH)
    call.look()


def _checkout(call: Invocation) -> None:
    args = call.parse(("-b", "-B", "-c", "-C", "--orphan", "--create", "-s", "--source", "--conflict"))
    if args.has("-b", "-c", "--create", "--orphan", "-B", "-C"):
        call.claim(ActionKind.CREATE_BRANCH)
        if args.has("-B", "-C", "-f", "--force", "--discard-changes"):
            call.claim(ActionKind.REWRITE_HISTORY, "", "resets a branch")
        if not args.operands:
            return
    call.doubt("what git writes into the work tree")
    call.claim(ActionKind.WRITE, "", "replaces files of the work tree")
    call.hazards()


def _tag(call: Invocation) -> None:
    args = call.parse(("-m", "-F", "-u", "--message", "--file", "--sort", "--format", "-n"))
    if args.has("-d", "--delete", "-f", "--force"):
        call.claim(ActionKind.REWRITE_HISTORY, "", "removes or moves a tag")
    if args.operands and not args.has("-l", "--list", "-v", "--verify"):
        call.claim(ActionKind.CREATE_BRANCH, "", "makes a tag")
    call.look()


def _reset(call: Invocation) -> None:
    args = call.parse()
    call.claim(ActionKind.REWRITE_HISTORY, "", "git reset")
    if args.has("--hard", "--merge", "--keep"):
        call.claim(ActionKind.WRITE, "", "replaces files of the work tree")
        call.doubt("what git writes into the work tree")
    call.hazards()


def _rewriting(call: Invocation) -> None:
    """rebase, cherry-pick, revert: commits made anew, and commands with `--exec`."""
    call.claim(ActionKind.REWRITE_HISTORY, "", "makes commits anew")
    call.doubt("what git writes into the work tree")
    for value in call.parse(("-x", "--exec", "--onto", "-s", "-X", "-m")).values("-x", "--exec"):
        call.script(value)


def _merge(call: Invocation) -> None:
    call.claim(ActionKind.MERGE, "", "git merge")
    call.hazards(call.parse(("-m", "-F", "-s", "-X")).operands)


def _clean(call: Invocation) -> None:
    args = call.parse(("-e", "--exclude"))
    if args.has("-n", "--dry-run"):
        call.look()
        return
    call.claim(ActionKind.DELETE_FILES, "", "git clean")
    call.doubt("whatever is untracked is removed")
    call.hazards(args.operands)


def _rm(call: Invocation) -> None:
    args = call.parse(("--pathspec-from-file",))
    for path in args.operands:
        call.delete(path, whole=args.has("-r"))
    if args.has("--pathspec-from-file"):
        call.doubt("files that come from elsewhere")


def _fetches(call: Invocation, name: str) -> None:
    args: Args = call.parse(("--depth", "-b", "-o", "--branch", "--origin", "--upload-pack", "-u", "-c", "--config"))
    hosts = [arg for arg in args.operands if "://" in arg or re.match(r"[\w.-]+@?[\w.-]*:", arg)]
    call.claim(ActionKind.FETCH, "", f"git {name}")
    for url in hosts:
        call.fetch(url)
    call.doubt("another repository")
    if name == "pull":
        call.claim(ActionKind.MERGE, "", "git pull merges")
    for arg in hosts:
        if arg.startswith("ext::"):
            call.script(arg[5:])
    call.hazards(arg for arg in args.operands if arg not in hosts)


def _config(call: Invocation) -> None:
    args = call.parse(("-f", "--file", "--blob", "--type", "--default"))
    if any("credential" in arg.casefold() for arg in call.args):
        call.claim(ActionKind.ACCESS_CREDENTIALS_STORE, "", "a credential helper")
    reads = args.has("--get", "--get-all", "--get-regexp", "--list", "-l", "--show-origin") or args.operands[:1] in {
        ("get",),
        ("list",),
    }
    for value in args.operands[1:]:
        if value.startswith("!"):
            call.script(value[1:])
    if not reads and len(args.operands) != 1:
        call.doubt("a setting of git that may change what runs")
    if args.has("--global", "--system", "--unset", "--unset-all", "--edit", "-e") and not reads:
        call.doubt("a setting of git that may change what runs")
    call.look()
    call.hazards(args.values("-f", "--file"))


def _remote(call: Invocation) -> None:
    args = call.parse()
    if args.operands and args.operands[0] not in {"show", "get-url"}:
        call.doubt("a remote of git")
    call.look()


def _listing(*looking: str) -> Handler:
    """Subcommands with subcommands of their own: only those named look."""

    def handler(call: Invocation) -> None:
        if call.args[:1] and call.args[0] in looking:
            call.look()
        else:
            call.doubt("what git changes")
            call.hazards()

    return handler


def _each(call: Invocation) -> None:
    """`git submodule foreach CMD`, `git bisect run CMD`, `git for-each-repo`."""
    words = [arg for arg in call.args if not arg.startswith("-")]
    call.doubt("what git changes")
    if words[:1] == ["foreach"]:
        call.script(" ".join(call.args[call.args.index("foreach") + 1 :]))
    elif words[:1] == ["run"]:
        call.run(call.args[call.args.index("run") + 1 :])
    elif words[:1] in (["update"], ["add"]):
        call.claim(ActionKind.FETCH, "", "another repository")
        call.claim(ActionKind.WRITE, ".gitmodules")
    call.hazards()


def _credential(call: Invocation) -> None:
    call.claim(ActionKind.ACCESS_CREDENTIALS_STORE, "", "asks git for a password")


def _stages(call: Invocation) -> None:
    call.claim(ActionKind.COMMIT, "", "stages files")
    call.hazards()


_SUBCOMMANDS: dict[str, Handler] = {
    "push": _push,
    "send-pack": _push,
    "commit": _commit,
    "commit-tree": _commit,
    "add": _stages,
    "stage": _stages,
    "branch": _branch,
    "checkout": _checkout,
    "switch": _checkout,
    "tag": _tag,
    "reset": _reset,
    "rebase": _rewriting,
    "cherry-pick": _rewriting,
    "revert": _rewriting,
    "merge": _merge,
    "clean": _clean,
    "rm": _rm,
    "config": _config,
    "remote": _remote,
    "submodule": _each,
    "bisect": _each,
    "for-each-repo": _each,
    "worktree": _listing("list"),
    "notes": _listing("list", "show"),
    "bundle": _listing("verify", "list-heads"),
    "credential": _credential,
    "credential-store": _credential,
    "credential-cache": _credential,
    "hook": _listing(),
    "difftool": _listing(),
}

PROGRAMS: dict[str, Handler] = {"git": _git, "hub": _git}

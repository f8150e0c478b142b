"""Programs that run another command: looked through where it is certain what they run."""

import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.variables import HARMLESS_VARIABLES

_VARIABLE = re.compile(r"[A-Za-z_]\w*=")
#: Shells whose language `aegis.shell` reads.
_POSIX = frozenset({"sh", "bash", "dash", "ash"})


def _through(takes: tuple[str, ...] = (), plain: tuple[str, ...] = (), skip: int = 0, doubt: str = "") -> Handler:
    """A wrapper `NAME [options] [skip operands] COMMAND`. `takes` are options with a value; options that are neither
    in `takes` nor in `plain` are a doubt, and so is everything with `doubt`."""

    def handler(call: Invocation) -> None:
        rest = list(call.args)
        if doubt:
            call.doubt(doubt)
        while rest and rest[0].startswith("-") and rest[0] != "-":
            option = rest.pop(0)
            if option == "--":
                break
            name = option.partition("=")[0]
            if option in takes and rest:
                rest.pop(0)
            elif name not in plain and name not in takes and name[:2] not in takes and not _number(option):
                call.doubt(f"an option of {call.name} that is not known")
        for _ in range(skip):
            if rest:
                rest.pop(0)
        if not rest:
            call.look()
        elif re.search(r"\s", rest[0]):
            call.doubt("a command given as one text")
            call.script(rest[0])
        else:
            call.run(rest)

    return handler


def _number(option: str) -> bool:
    return re.fullmatch(r"-[0-9]+", option) is not None


def _env(call: Invocation) -> None:
    rest = list(call.args)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-S", "--split-string"} or option.startswith(("-S", "--split-string=", "-vS")):
            call.doubt("a command given to env as one text")
            text = option.partition("=")[2] if "=" in option else option[2:].lstrip("S")
            call.script(" ".join([text, *rest]) if text else " ".join(rest))
            return
        if option in {"-u", "--unset", "-C", "--chdir"} and rest:
            rest.pop(0)
        if option == "--":
            break
        call.doubt("an option of env that may change what runs")
    while rest and _VARIABLE.match(rest[0]):
        name = rest.pop(0).partition("=")[0]
        if name not in HARMLESS_VARIABLES:
            call.doubt("a variable that may change what runs")
    if rest:
        call.run(rest)
    else:
        call.look()


def _as_root(call: Invocation) -> None:
    call.claim(ActionKind.EXECUTE_AS_ROOT, "", f"{call.name} runs as another user")
    call.doubt("another user's rights")
    rest = list(call.args)
    while rest and (rest[0].startswith("-") or _VARIABLE.match(rest[0])):
        option = rest.pop(0)
        if option in {"-u", "-g", "-C", "-h", "-p", "-U", "-r", "-t", "--user", "--group"} and rest:
            rest.pop(0)
        if option in {"-c", "--command"} and rest:
            call.script(rest.pop(0))
            return
    if call.name in {"su", "runuser"}:
        for index, arg in enumerate(rest):
            if arg in {"-c", "--command"} and rest[index + 1 :]:
                call.script(rest[index + 1])
        return
    if rest:
        call.run(rest)


def _confined(call: Invocation) -> None:
    """chroot, unshare, nsenter: another root or other namespaces."""
    call.claim(ActionKind.EXECUTE_AS_ROOT, "", f"{call.name} leaves the sandbox's confinement")
    if call.name in {"nsenter", "mount", "umount"}:
        call.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", f"{call.name} reaches other file systems")
    call.doubt("another user's rights")
    args = call.parse(("-t", "--target", "-S", "-G", "--userspec"))
    operands = args.operands[1:] if call.name == "chroot" else args.operands
    if operands and call.name not in {"mount", "umount"}:
        call.run(operands)


def _shell(call: Invocation) -> None:
    """sh and its kin: `-c TEXT` is read, a script file or standard input decides otherwise."""
    rest = list(call.args)
    command = False
    if call.name not in _POSIX:
        call.doubt(f"the language of {call.name}")
    while rest and (rest[0][:1] in {"-", "+"}) and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        if option.startswith("--"):
            if option in {"--rcfile", "--init-file"} and rest:
                rest.pop(0)
            if option not in {"--norc", "--noprofile", "--posix"}:
                call.doubt("a shell option that may change what runs")
            continue
        letters = option[1:]
        command = command or "c" in letters
        if not set(letters) <= set("ceuxfoC"):
            call.doubt("a shell option that may change what runs")
        if letters.endswith(("o", "O")) and rest:
            rest.pop(0)
    if command and rest:
        call.script(rest[0])
        return
    call.doubt("a script that decides what happens" if rest else "commands from standard input")
    call.hazards(rest)
    for text in call.stdin:
        call.script(text)


def _eval(call: Invocation) -> None:
    call.doubt("a text that is run as a command")
    call.script(" ".join(call.args))


def _source(call: Invocation) -> None:
    call.doubt("a script that decides what happens")
    call.hazards()


def _xargs(call: Invocation) -> None:
    call.doubt("arguments that come from elsewhere")
    args = list(call.args)
    while args and args[0].startswith("-"):
        option = args.pop(0)
        if (
            option in {"-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a", "--max-args", "--max-procs", "--replace"}
            and args
        ):
            args.pop(0)
    if args:
        extra = [word for text in call.stdin for word in text.split()]
        call.run([*args, *extra])


def _exec(call: Invocation) -> None:
    if not call.args:
        call.look()
    elif call.args[0].startswith("-"):
        call.doubt("an option of exec that may change what runs")
        call.run(arg for arg in call.args if not arg.startswith("-"))
    else:
        call.run(call.args)


def _command(call: Invocation) -> None:
    """`command -v name` looks; `command name ...` runs."""
    if call.args[:1] and call.args[0] in {"-v", "-V"}:
        call.look()
    elif call.args[:1] and call.args[0].startswith("-"):
        call.doubt("an option of command that may change what runs")
        call.run(arg for arg in call.args if not arg.startswith("-"))
    elif call.args:
        call.run(call.args)


_DOUBTFUL = {
    "watch": _through(("-n", "--interval"), doubt="a command that is run again and again"),
    "setsid": _through(doubt="a process that outlives the command"),
    "parallel": _through(("-j", "--jobs"), doubt="arguments that come from elsewhere"),
    "entr": _through(doubt="a command that is run again and again"),
    "strace": _through(("-e", "-o", "-p"), doubt="a tracer"),
    "ltrace": _through(("-e", "-o", "-p"), doubt="a tracer"),
    "gdb": _through(doubt="a debugger"),
    "flock": _through(("-w", "-E"), skip=1, doubt="a lock"),
    "script": _through(doubt="a recorded terminal"),
    "expect": _through(doubt="a scripted terminal"),
    "unbuffer": _through(doubt="a scripted terminal"),
    "faketime": _through(skip=1, doubt="a changed clock"),
    "fakeroot": _through(doubt="pretended rights"),
    "busybox": _through(doubt="another program's own commands"),
    "toybox": _through(doubt="another program's own commands"),
    "dbus-run-session": _through(doubt="a session of its own"),
    "tmux": _through(doubt="a process that outlives the command"),
    "screen": _through(doubt="a process that outlives the command"),
    "at": _through(doubt="a command for later"),
    "batch": _through(doubt="a command for later"),
    "systemd-run": _through(doubt="a process that outlives the command"),
    "xvfb-run": _through(("-s", "-n"), ("-a",), doubt="a display of its own"),
    "taskset": _through(("-c",), skip=1, doubt="a bound process"),
    "chrt": _through(skip=1, doubt="a changed priority"),
    "trap": _through(doubt="a command for later"),
    "coproc": _through(doubt="a background job"),
    "builtin": _through(),
    **dict.fromkeys(("nyc", "c8"), _through(plain=("--silent",), doubt="a command that is measured")),
    "hyperfine": _through(("-w", "-r", "-n", "--warmup", "--runs"), doubt="a command that is run again and again"),
    **dict.fromkeys(("valgrind", "rr", "heaptrack", "uftrace"), _through(("-o",), doubt="a tracer")),
    "perf": _through(("-e", "-o"), skip=1, doubt="a tracer"),
    **dict.fromkeys(("chronic", "ts", "pv"), _through(doubt="a command whose output is kept back")),
    "direnv": _through(skip=2, doubt="an environment that a file decides"),
    "dotenv": _through(("-f", "-e"), skip=1, doubt="an environment that a file decides"),
    **dict.fromkeys(("setarch", "linux32", "linux64", "i386", "x86_64"), _through(doubt="another machine's ways")),
    **dict.fromkeys(
        ("ld.so", "ld-linux.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
        _through(("--library-path", "--preload"), doubt="the program loader"),
    ),
}

PROGRAMS: dict[str, Handler] = {
    **_DOUBTFUL,
    "env": _env,
    "nice": _through(("-n", "--adjustment")),
    "ionice": _through(("-c", "-n", "-p", "--class", "--classdata"), ("-t", "--ignore")),
    "time": _through(("-f", "--format"), ("-p", "-v", "--verbose", "--portability")),
    "timeout": _through(
        ("-s", "-k", "--signal", "--kill-after"), ("-v", "--verbose", "--foreground", "--preserve-status"), skip=1
    ),
    "nohup": _through(),
    "stdbuf": _through(("-i", "-o", "-e", "--input", "--output", "--error")),
    "exec": _exec,
    "command": _command,
    "eval": _eval,
    "source": _source,
    ".": _source,
    "xargs": _xargs,
    **dict.fromkeys(("sudo", "su", "doas", "pkexec", "runuser", "run0", "gosu", "su-exec", "setpriv"), _as_root),
    **dict.fromkeys(("chroot", "unshare", "nsenter", "mount", "umount", "pivot_root", "bwrap", "capsh"), _confined),
    **dict.fromkeys(("sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "rbash", "csh", "tcsh"), _shell),
}

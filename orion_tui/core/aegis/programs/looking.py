"""Programs that only look: they read files or print, and do nothing else with the options they are given here."""

import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs import visible

_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
# Tests whose value is an expression, not a file.
_FIND_TEXTS = frozenset(
    {
        *("-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex", "-lname", "-ilname"),
        "-type",
    }
)
_FIND_WRITES = frozenset({"-fprint", "-fprint0", "-fprintf", "-fls"})
# sed scripts that only select, print, delete or substitute; `e` runs, `w` and `r` open files.
_SED_ADDRESS = r"(?:\d+|\$|/(?:[^/\\\n]|\\.)*/)"
_SED = re.compile(
    rf"(?:(?:{_SED_ADDRESS}(?:,{_SED_ADDRESS})?)?\s*(?:[pdqlN=]|s(?P<d>[/|#,:@])(?:(?!(?P=d))[^\\\n]|\\.)*(?P=d)"
    rf"(?:(?!(?P=d))[^\\\n]|\\.)*(?P=d)[gpIi0-9]*))"
)


def _printing(call: Invocation) -> None:
    """echo, true, test: arguments are no files that are opened."""
    # `printf -v PATH ...` assigns in bash; dash knows no such option.
    if call.name == "printf" and call.args[:1] and re.match(r"-[^-]", call.args[0]):
        call.doubt("a variable that may change what runs")
    # bash evaluates the name of a variable given to these, and runs a substitution in its subscript.
    if call.name in {"printf", "test", "["} and any("[" in arg and ("$" in arg or "`" in arg) for arg in call.args):
        call.doubt("a variable name that is evaluated")
    call.look()


def _reading(takes: tuple[str, ...] = (), refuse: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> Handler:
    """A program whose operands are files to read. `refuse` are options that run or write something unseen, `outputs`
    options that name a file to write."""

    def handler(call: Invocation) -> None:
        args = call.parse((*takes, *outputs))
        if refuse and args.has(*refuse):
            call.doubt(f"an option of {call.name} that may do more than read")
        for path in args.values(*outputs):
            call.write(path)
        if outputs and args.has(*outputs) and not args.values(*outputs):
            call.doubt(f"an option of {call.name} that may write")
        for path in args.operands:
            call.read(path)
        call.hazards(value for _, value in args.options if value)
        if not args.operands:
            call.look()

    return handler


def _search(*refuse: str) -> Handler:
    """grep and its kin: the first operand is an expression unless `-e` or `-f` gives one."""

    def handler(call: Invocation) -> None:
        takes = (
            "-e",
            "-f",
            "-A",
            "-B",
            "-C",
            "-m",
            "-g",
            "-t",
            "-T",
            "--include",
            "--exclude",
            "--glob",
            "--type",
            "-d",
        )
        args = call.parse((*takes, "--regexp", "--file", "--exclude-dir", "--max-count", "--context", "--iglob"))
        if args.has(*refuse):
            call.doubt(f"an option of {call.name} that runs a program")
        given = args.has("-e", "-f", "--regexp", "--file", "--files")
        operands = args.operands if given else args.operands[1:]
        for path in (*args.values("-f", "--file"), *operands):
            place = call.place(path)
            call.claim(ActionKind.SEARCH, "", f"searches {place.path}")
        if not operands:
            call.claim(ActionKind.SEARCH)

    return handler


def _find(call: Invocation) -> None:
    call.claim(ActionKind.SEARCH)
    rest = list(call.args)
    roots: list[str] = []
    while rest:
        arg = rest.pop(0)
        if arg in _FIND_RUNS:
            call.doubt("a command run on whatever is found")
            end = next((i for i, word in enumerate(rest) if word in {";", "+"}), len(rest))
            call.run(rest[:end])
            rest = rest[end + 1 :]
        elif arg == "-delete":
            call.doubt("whatever is found is removed")
            for root in roots or ["."]:
                call.delete(root, whole=True)
        elif arg in _FIND_WRITES and rest:
            call.write(rest.pop(0))
        elif arg == "-files0-from":
            call.doubt("files that come from elsewhere")
        elif arg in _FIND_TEXTS and rest:
            rest.pop(0)
        elif not arg.startswith(("-", "(", ")", "!", ",")):
            call.place(arg)
            roots.append(arg)


def _sed(call: Invocation) -> None:
    args = call.parse(("-e", "-f", "-l", "--expression", "--file", "--line-length"))
    scripts = args.values("-e", "--expression") or args.operands[:1]
    files = args.operands if args.values("-e", "--expression") or args.has("-f", "--file") else args.operands[1:]
    in_place = any(name == "-i" or name.startswith("--i") for name, _ in args.options)
    known = {"-n", "-e", "-E", "-r", "-i", "-s", "-z", "-u", "--expression", "--quiet", "--silent", "--in-place"}
    # What is glued to `-i` or stands after `--in-place=` names a copy that is written beside the file, or elsewhere.
    if any(re.match(r"-[nErszu]*i.|--i[a-z-]*=", arg) for arg in call.args):
        call.doubt("a copy whose name is not read")
    if not args.only(*known) or not all(_SED.fullmatch(part.strip()) for s in scripts for part in _sed_parts(s)):
        call.doubt("a sed script that may do more than edit")
    for path in files:
        if in_place:
            call.write(path)
            if "*" in path or "?" in path:
                call.doubt("a pattern in what is written")
        else:
            call.read(path)
    if not files:
        call.look()


def _sed_parts(script: str) -> list[str]:
    # Only scripts without a separator inside an expression are split; anything else stays whole and will not match.
    return script.split(";") if not re.search(r"[s/|#]", script) else [script]


def _jq(call: Invocation) -> None:
    args = call.parse(("--arg", "--argjson", "--indent", "-f", "--from-file", "--slurpfile", "--rawfile", "-L"))
    if args.has("-f", "--from-file", "--slurpfile", "--rawfile", "-L", "--run-tests"):
        call.doubt("a program read from a file")
    for path in args.operands[1:]:
        call.read(path)
    call.look()


def _dated(call: Invocation) -> None:
    args = call.parse(("-d", "-r", "-f", "-s", "--set", "--date"))
    if args.has("-s", "--set") or (args.operands and not args.operands[0].startswith("+")):
        call.doubt("an option of date that sets the clock")
    call.look()


def _set(call: Invocation) -> None:
    allowed = {"-e", "-u", "-x", "-o", "-eu", "-ex", "-eux", "-euo", "-euxo", "pipefail", "errexit", "nounset"}
    if not set(call.args) <= allowed:
        call.doubt("a shell setting that may change what runs")
    call.look()


def _moves(call: Invocation) -> None:
    if call.name != "cd" or any(arg.startswith("-") for arg in call.args):
        call.doubt("a directory that is not known")
    for path in call.args:
        call.place(path)
    call.look()


def _awk(call: Invocation) -> None:
    """awk runs and writes from inside its language; only the plainest printing is known to do neither."""
    args = call.parse(("-F", "-v", "-f", "--field-separator", "--assign", "--file"))
    program = args.operands[0] if args.operands else ""
    if not args.only("-F", "--field-separator") or re.search(r"[|>]|system|getline|@|close|\bf(?:flush)", program):
        call.doubt("an awk program that may do more than print")
        visible.judge(call, program)
    for path in args.operands[1:]:
        call.read(path)
    call.look()


def _filter(*takes: str) -> Handler:
    """uniq, xxd: a second operand is written."""

    def handler(call: Invocation) -> None:
        args = call.parse(takes)
        for path in args.operands[:1]:
            call.read(path)
        for path in args.operands[1:]:
            call.write(path)
        if any("*" in path or "?" in path for path in args.operands):
            call.doubt("a pattern in what is written")
        call.look()

    return handler


_PLAIN = (
    *("cat", "head", "tail", "wc", "stat", "nl", "tac", "rev", "cut", "fold", "fmt", "expand", "unexpand", "paste"),
    *("join", "comm", "cmp", "od", "hexdump", "strings", "realpath", "readlink", "du", "df", "zcat", "tsort"),
    *(
        "md5sum",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "b2sum",
        "cksum",
        "base64",
        "base32",
        "column",
        "ls",
        "dir",
        "vdir",
    ),
)
_PRINT = (
    *(
        "echo",
        "printf",
        "true",
        "false",
        ":",
        "test",
        "[",
        "pwd",
        "sleep",
        "expr",
        "yes",
        "arch",
        "nproc",
        "uname",
        "id",
    ),
    *("whoami", "groups", "hostname", "tty", "uptime", "free", "which", "type", "printenv", "cal", "locale", "exit"),
    *("return", "break", "continue", "shift", "umask", "times", "ps", "tr", "seq", "basename", "dirname", "factor"),
)

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(_PRINT, _printing),
    **dict.fromkeys(_PLAIN, _reading(("-n", "-c", "-d", "-f", "-b", "-w", "-s", "-t"))),
    "uniq": _filter("-f", "-s", "-w", "--skip-fields", "--skip-chars", "--check-chars"),
    "xxd": _filter("-c", "-g", "-l", "-n", "-o", "-s", "-cols", "-groupsize", "-len", "-name", "-offset", "-seek"),
    "sort": _reading(
        ("-k", "-t", "-S"), ("--compress-program", "-T", "--temporary-directory", "--files0-from"), ("-o", "--output")
    ),
    "tree": _reading(("-L", "-I", "-P"), outputs=("-o",)),
    "file": _reading(("-m",), ("-C", "-m", "--compile", "--magic-file")),
    "diff": _reading(("-U", "-I", "-x")),
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep"), _search()),
    "rg": _search("--pre", "--pre-glob", "--hostname-bin"),
    "ag": _search("--pager"),
    "ack": _search("--pager", "--filter"),
    "find": _find,
    "sed": _sed,
    "jq": _jq,
    "date": _dated,
    "set": _set,
    **dict.fromkeys(("awk", "gawk", "mawk"), _awk),
    **dict.fromkeys(("cd", "pushd", "popd"), _moves),
}

"""Programs that create, change, move and remove files."""

import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Args, Handler, Invocation
from orion_tui.core.aegis.places import Where

#: Options, by program, that are known to write nothing beside what the operands name.
_PLAIN = {
    "cp": "-f -i -n -p -r -R -u -v -H -L -T -t --force --interactive --no-clobber --recursive --update --verbose"
    " --dereference --preserve --archive -a --target-directory --no-target-directory",
    "install": "-c -C -D -d -g -m -o -p -v -t -T --compare --directory --group --mode --owner --verbose"
    " --target-directory",
    "mv": "-f -i -n -u -v -t -T --force --interactive --no-clobber --update --verbose --target-directory",
    "rm": "-d -f -i -I -r -R -v --dir --force --interactive --recursive --verbose --one-file-system",
    "touch": "-a -c -d -h -m -r -t --date --no-create --no-dereference --reference --time",
    "mkdir": "-m -p -v --mode --parents --verbose",
    "truncate": "-c -o -r -s --no-create --reference --size",
    "tee": "-a -i -p --append --ignore-interrupts",
}
#: Options with a value, of the programs that create what their operands name.
_VALUES = {
    "touch": ("-d", "-r", "-t", "--date", "--reference", "--time"),
    "mkdir": ("-m", "--mode"),
    "mkfifo": ("-m", "--mode"),
    "mknod": ("-m", "--mode"),
    "truncate": ("-r", "-s", "--reference", "--size"),
    "fallocate": ("-l", "-o", "--length", "--offset"),
}


def _doubt_others(call: Invocation, args: Args) -> None:
    """Doubt options that are not known: backups, links and `--parents` write what no operand names."""
    if not args.only(*_PLAIN.get(call.name, "").split()):
        call.doubt(f"an option of {call.name} that is not known")


def _targets(call: Invocation, args: Args) -> tuple[tuple[str, ...], str]:
    """Sources and destination of `cp`, `mv`, `ln`, `install`."""
    named = args.values("-t", "--target-directory")
    if named:
        return args.operands, named[0]
    if args.has("--target-directory"):
        call.doubt("a destination that is not read")
    if len(args.operands) < 2:
        call.doubt("no destination")
        return args.operands, ""
    return args.operands[:-1], args.operands[-1]


def _into(source: str, destination: str) -> tuple[str, ...]:
    """The files that may be written: the destination itself, and the source's name below it if it is a directory."""
    name = source.rstrip("/").rsplit("/", 1)[-1]
    if destination.endswith("/") or destination in {".", ".."}:
        return (f"{destination.rstrip('/') or '/'}/{name}",)
    return (destination, f"{destination}/{name}")


def _write_into(call: Invocation, source: str, destination: str) -> None:
    if "*" in source or "?" in source or "*" in destination:
        call.doubt("a pattern in what is written")
    for path in _into(source, destination) if destination else ():
        call.write(path)


def _copy(call: Invocation) -> None:
    args = call.parse(("-t", "--target-directory", "-S", "--suffix", "-m", "-o", "-g", "--mode", "--owner"))
    _doubt_others(call, args)
    sources, destination = _targets(call, args)
    for source in sources:
        call.read(source)
        _write_into(call, source, destination)
    if args.has("-r", "-R", "-a", "--recursive", "--archive"):
        call.doubt("a whole directory is written")
    if call.name == "install":
        call.claim(ActionKind.CHANGE_PERMISSIONS, "", "install makes files executable")
    _mode(call, *args.values("-m", "--mode"))
    if args.has("-s", "--symbolic-link", "-l", "--link", "--strip-program"):
        call.doubt("links instead of copies")


def _move(call: Invocation) -> None:
    args = call.parse(("-t", "--target-directory", "-S", "--suffix"))
    _doubt_others(call, args)
    sources, destination = _targets(call, args)
    for source in sources:
        call.delete(source)
        _write_into(call, source, destination)
        if call.place(source).path.split("/")[0] == ".git":
            call.claim(ActionKind.DELETE_REPOSITORY, "", "moves git's own files away")
        if not re.search(r"\.\w+$", source):
            call.doubt("what is moved may be a directory")


def _remove(call: Invocation) -> None:
    args = call.parse()
    _doubt_others(call, args)
    whole = args.has("-r", "-R", "--recursive") or call.name == "rmdir"
    for path in args.operands:
        call.delete(path, whole=whole)
    if not args.operands:
        call.look()


def _touch(call: Invocation) -> None:
    args = call.parse(_VALUES.get(call.name, ()))
    _doubt_others(call, args)
    for path in args.operands:
        call.write(path)
        if "*" in path or "?" in path:
            call.doubt("a pattern in what is written")
    if call.name in {"mkdir", "mkfifo", "mknod"}:
        _mode(call, *args.values("-m", "--mode"))
    if call.name in {"mkfifo", "mknod"}:
        call.doubt("a special file")
    if not args.operands:
        call.look()


def _tee(call: Invocation) -> None:
    args = call.parse()
    _doubt_others(call, args)
    for path in args.operands:
        call.write(path)
        if "*" in path or "?" in path:
            call.doubt("a pattern in what is written")
    call.look()


def _link(call: Invocation) -> None:
    args = call.parse(("-t", "--target-directory", "-S", "--suffix"))
    sources, destination = _targets(call, args)
    for source in sources:
        call.place(source)
        for path in _into(source, destination or "."):
            place = call.place(path)
            call.write(path)
            if place.where is Where.WORKSPACE:
                call.claim(ActionKind.CHANGE_SPECIAL_PATH, place.path, "a link")
    call.doubt("a link")


def _mode(call: Invocation, *modes: str) -> None:
    for mode in modes:
        if re.search(r"[ugoa]*[+=][rwxXt]*s", mode) or re.fullmatch(r"0*[2-7][0-7]{3}", mode):
            call.claim(ActionKind.EXECUTE_AS_ROOT, "", "a set-user-id bit")


def _permissions(call: Invocation) -> None:
    args = call.parse(("--reference",))
    # `chmod -x file` takes rights away: the mode looks like options.
    mode = args.operands[0] if args.operands else ""
    removing = [name for name, _ in args.options if name in {"-x", "-w", "-r", "-s", "-t", "-X"}]
    paths = args.operands if removing and call.name == "chmod" else args.operands[1:]
    if call.name == "chmod":
        _mode(call, mode)
    call.claim(ActionKind.CHANGE_PERMISSIONS, "", f"{call.name} {mode}")
    for path in paths:
        place = call.place(path)
        if place.where is Where.WORKSPACE:
            call.write(path)
            call.claim(ActionKind.CHANGE_SPECIAL_PATH, place.path, "its mode changes")
    if args.has("-R", "--recursive"):
        call.doubt("a whole directory is changed")


def _unpack(call: Invocation) -> None:
    """tar, unzip, patch ...: what they write stands in the archive."""
    call.doubt("what is written stands in an archive or patch")
    call.claim(ActionKind.WRITE, "", "unpacks files")
    if any("checkpoint-action" in arg or arg.startswith(("--to-c", "--use-c", "-I")) for arg in call.args):
        call.doubt("an option that runs a program")
    call.hazards()


def _dd(call: Invocation) -> None:
    for arg in call.args:
        name, _, value = arg.partition("=")
        if name == "of":
            call.write(value)
        elif name == "if":
            call.read(value)
        elif name not in {"bs", "count", "seek", "skip", "conv", "status", "iflag", "oflag", "ibs", "obs"}:
            call.doubt("an argument of dd that is not known")
    call.look()


def _shred(call: Invocation) -> None:
    for path in call.parse(("-n", "-s")).operands:
        call.delete(path)
    call.doubt("files are destroyed")


def _rsync(call: Invocation) -> None:
    call.doubt("what rsync writes")
    for path in call.parse(("-e", "--rsh", "--exclude", "--include", "-f")).operands:
        host = re.match(r"(?:[\w.-]+@)?([\w.-]+):", path)
        if host or path.startswith("rsync://"):
            call.claim(ActionKind.FETCH, host.group(1).lower() if host else "", "another machine")
            call.claim(ActionKind.DEPLOY, "", "copies to or from another machine")
        else:
            call.write(path)
    if any(arg.startswith(("-e", "--rsh", "--rsync-path")) for arg in call.args):
        call.doubt("an option that runs a program")


def _editor(call: Invocation) -> None:
    call.doubt("an editor")
    for path in call.parse(("-c", "-S", "--cmd")).operands:
        if not path.startswith("+"):
            call.write(path)


PROGRAMS: dict[str, Handler] = {
    "cp": _copy,
    "install": _copy,
    "mv": _move,
    **dict.fromkeys(("rm", "unlink", "rmdir", "trash", "trash-put"), _remove),
    **dict.fromkeys(("touch", "mkdir", "truncate", "mkfifo", "mknod", "fallocate"), _touch),
    "mktemp": lambda call: (
        call.look() if call.parse(("-p",)).only("-d", "-q", "-u") else call.doubt("a path of mktemp")
    ),
    "tee": _tee,
    "sponge": _tee,
    "ln": _link,
    **dict.fromkeys(("chmod", "chown", "chgrp", "setfacl", "chattr", "setcap"), _permissions),
    **dict.fromkeys(
        (
            "tar",
            "unzip",
            "zip",
            "gzip",
            "gunzip",
            "bzip2",
            "bunzip2",
            "xz",
            "unxz",
            "zstd",
            "7z",
            "cpio",
            "patch",
            "ar",
        ),
        _unpack,
    ),
    **dict.fromkeys(("split", "csplit", "dos2unix", "unix2dos", "iconv", "rename", "ed", "ex", "git-lfs"), _unpack),
    "dd": _dd,
    "shred": _shred,
    "rsync": _rsync,
    **dict.fromkeys(("vi", "vim", "nvim", "nano", "emacs", "code", "micro", "hx", "pico", "subl"), _editor),
}

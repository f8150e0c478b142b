"""What hostile or broken work uses up is bounded, and the sandbox and its host live on (THREATS 9, 10)."""

import resource
import time

import pytest

from orion_tui.base.errors import BoundaryViolation
from orion_tui.core.sandbox.arguments import PLAIN
from orion_tui.core.sandbox.base import MIB, CommandResult
from orion_tui.core.sandbox.remote import RemoteSandbox
from tests.integration.sandbox.conftest import SMALL, Open


def python(sandbox: RemoteSandbox, code: str, timeout: float = 30.0) -> CommandResult:
    return sandbox.run(("python3", "-I", "-S", "-c", code), timeout=timeout)


def stopped_once_ready(sandbox: RemoteSandbox, code: str) -> CommandResult:
    """Run what never ends until its timeout, which is given more time until the code has said `ready`."""
    for timeout in (1.0, 5.0, 25.0):
        result = python(sandbox, code, timeout)
        assert result.timed_out
        if b"ready" in result.output:
            return result
    raise AssertionError("it never became ready")


def only_init_is_left(sandbox: RemoteSandbox) -> bool:
    code = """
import os
# Whoever holds the sandbox together hides, or is of another uid.
print([p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid(), os.getppid())
       and f"Uid:\\t{os.getuid()}\\t" in open(f"/proc/{p}/status").read()])
"""
    return python(sandbox, code).output == b"[]\n"


# -- time and processes


def test_what_a_command_leaves_running_is_ended_with_it(sandbox: RemoteSandbox) -> None:
    result = sandbox.run(("sh", "-c", "sleep 600 & (setsid sleep 600 &) ; nohup sleep 600 >/dev/null 2>&1 & echo ok"))
    assert (result.exit_code, result.output, result.killed) == (0, b"ok\n", 3)
    assert only_init_is_left(sandbox)


def test_a_timeout_ends_daemons_that_left_the_tree_and_ignore_signals(sandbox: RemoteSandbox) -> None:
    code = """
import os, signal, time
for n in set(range(1, 65)) - {signal.SIGCHLD}:
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: time.sleep(100)
        os._exit(0)
    os.wait()
print("ready", flush=True)
time.sleep(600)
"""
    result = stopped_once_ready(sandbox, code)
    assert result.killed == 3
    assert only_init_is_left(sandbox)


def test_orphans_that_end_by_themselves_are_not_counted_as_killed(sandbox: RemoteSandbox) -> None:
    code = """
import os, time
for _ in range(3):
    if not os.fork():
        os.setsid()
        if os.fork(): os._exit(0)
        os._exit(0)
    os.wait()
def lives(p):
    try: return os.stat(f"/proc/{p}").st_uid == os.getuid() and open(f"/proc/{p}/stat").read().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError): return False  # gone while it was looked at
while [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid(), os.getppid()) and lives(p)]:
    time.sleep(0.01)
"""
    result = python(sandbox, code)
    assert (result.exit_code, result.killed) == (0, 0)


def test_a_stopped_command_is_ended_by_its_timeout(sandbox: RemoteSandbox) -> None:
    assert sandbox.run(("sh", "-c", "kill -STOP $$"), timeout=0.3).timed_out


def test_a_fork_bomb_reaches_its_limit_and_ends(sandbox: RemoteSandbox) -> None:
    code = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try: os.fork()
    except OSError: os.write(1, b"ready")
"""
    result = stopped_once_ready(sandbox, code)
    assert 30 < result.killed < SMALL.processes
    assert only_init_is_left(sandbox)


def test_as_many_processes_as_promised_can_run(sandbox: RemoteSandbox) -> None:
    code = """
import os, time
children = []
for _ in range(40):
    child = os.fork()
    if not child: time.sleep(60)
    children.append(child)
print(len(children))
"""
    assert python(sandbox, code).output == b"40\n"


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("no_cgroup")
def test_processes_are_bounded_without_a_cgroup(open_sandbox: Open) -> None:
    code = "import os\nfor n in range(200):\n  if not os.fork(): __import__('time').sleep(60)"
    result = python(open_sandbox(), code)
    assert b"Resource temporarily unavailable" in result.output
    assert result.killed < SMALL.processes


# -- memory


def test_a_command_that_takes_too_much_memory_is_ended(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    result = python(sandbox, "x = bytearray(900 << 20); print(len(x))")
    assert result.exit_code != 0
    assert result.out_of_memory or b"MemoryError" in result.output
    assert python(sandbox, "x = bytearray(50 << 20); print(len(x))").output == b"52428800\n"


HOG = """
import os, time
for _ in range(6):
    if not os.fork():
        block = bytearray(60 << 20)
        for offset in range(0, len(block), 4096): block[offset] = 1
        time.sleep(60)
time.sleep(60)
"""


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("no_cgroup")
def test_memory_of_many_processes_together_is_watched_without_a_cgroup(open_sandbox: Open) -> None:
    """Each stays below the limit of one process; together they hold 360 MiB of 128."""
    sandbox = open_sandbox()
    result = python(sandbox, HOG)
    assert result.out_of_memory
    assert result.signal == 9
    assert only_init_is_left(sandbox)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("no_cgroup")
def test_a_process_that_hides_its_maps_is_counted_in_full(open_sandbox: Open) -> None:
    hidden = "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n" + HOG
    assert python(open_sandbox(), hidden).out_of_memory


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("no_cgroup")
def test_pages_that_processes_share_are_counted_once(open_sandbox: Open) -> None:
    code = """
import os, time
block = bytearray(40 << 20)
for offset in range(0, len(block), 4096): block[offset] = 1
for _ in range(8):
    if not os.fork(): time.sleep(1); os._exit(0)
for _ in range(8): os.wait()
print("done")
"""
    assert python(open_sandbox(), code).output == b"done\n"


# -- space


def test_the_workspace_is_bounded_in_bytes(open_sandbox: Open, kind: str) -> None:
    sandbox = open_sandbox(kind=kind)
    result = sandbox.run(("sh", "-c", "head -c 40000000 /dev/zero > big"))
    assert b"No space left" in result.output
    assert sum(entry.size for entry in sandbox.scan()) <= SMALL.workspace_bytes
    sandbox.delete("big")
    sandbox.write("fine", b"x")


def test_the_workspace_is_bounded_in_entries(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    code = """
import os
n = 0
try:
    while n < 10000:
        os.close(os.open(f"f{n}", os.O_CREAT)); n += 1
except OSError as error: print(n, error.strerror)
try:
    while n < 20000:
        os.link("f0", f"l{n}"); n += 1
except OSError as error: print("links", error.strerror)
"""
    result = python(sandbox, code).output.decode().split("\n")
    assert result[0].endswith("No space left on device")
    assert int(result[0].split()[0]) < SMALL.workspace_entries
    assert result[1] == "links No space left on device"
    assert len(sandbox.scan()) < SMALL.workspace_entries


@pytest.mark.parametrize(("place", "size"), [("/tmp", 4), ("/home/agent", 16), ("/dev/shm", 4)])
def test_every_other_place_is_bounded(sandbox: RemoteSandbox, place: str, size: int) -> None:
    command = f"head -c 40000000 /dev/zero > {place}/big; stat -c %s {place}/big; rm {place}/big"
    output = sandbox.run(("sh", "-c", command)).output
    assert b"No space left" in output
    assert int(output.split()[-1]) <= size * MIB


def test_only_its_own_places_take_files(sandbox: RemoteSandbox) -> None:
    code = """
import os
took = []
skipped = ["/proc", "/sys", "/usr/share", "/usr/lib", "/usr/include"]
for directory, names, _ in os.walk('/'):
    names[:] = [n for n in names if os.path.join(directory, n) not in skipped]
    try:
        os.close(os.open(directory + '/.probe', os.O_CREAT | os.O_WRONLY)); os.unlink(directory + '/.probe')
        took.append(directory)
    except OSError: pass
print(sorted(d for d in took if not d.startswith(('/workspace/', '/home/agent/'))))
"""
    assert python(sandbox, code).output.decode() == "['/dev/shm', '/home/agent', '/tmp', '/workspace']\n"


def test_programs_can_be_executed_from_scratch_and_workspace_but_not_from_tmp(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    command = "printf '#!/bin/sh\\necho ran' > {0}/p && chmod +x {0}/p && {0}/p"
    for place in ("/home/agent", "/workspace", "$TMPDIR"):
        assert sandbox.run(("sh", "-c", command.format(place))).output == b"ran\n"
    for place in ("/tmp", "/dev/shm"):
        assert b"Permission denied" in sandbox.run(("sh", "-c", command.format(place))).output


# -- output


def peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def init_memory(sandbox: RemoteSandbox) -> int:
    """Peak bytes of the server inside, as its peers may see it."""
    text = python(sandbox, "import os; print(open(f'/proc/{os.getppid()}/status').read())").output.decode()
    return int(next(line for line in text.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def test_endless_output_costs_bounded_memory_on_both_sides(sandbox: RemoteSandbox) -> None:
    host, inside = peak_memory(), init_memory(sandbox)
    result = sandbox.run(("yes",), timeout=3.0)
    assert result.timed_out
    assert len(result.output) == SMALL.output_bytes
    assert result.dropped > 10 * MIB
    assert result.output.startswith(b"y\ny\n")
    assert peak_memory() - host < 16 * MIB
    assert init_memory(sandbox) - inside < 4 * MIB


def test_a_line_without_end_costs_bounded_memory(sandbox: RemoteSandbox) -> None:
    host, inside = peak_memory(), init_memory(sandbox)
    result = sandbox.run(("sh", "-c", "echo start; head -c 1000000000 /dev/zero; echo; echo end"), timeout=60.0)
    assert result.exit_code == 0
    assert len(result.output) == SMALL.output_bytes
    assert len(result.output) + result.dropped == 1_000_000_011
    assert result.output.startswith(b"start\n\0")
    assert result.output.endswith(b"\0\nend\n")
    assert peak_memory() - host < 16 * MIB
    assert init_memory(sandbox) - inside < 4 * MIB


def test_output_that_cannot_be_text_does_no_harm(sandbox: RemoteSandbox) -> None:
    result = sandbox.run(("head", "-c", "100000", "/dev/urandom"))
    assert (result.exit_code, len(result.output), result.dropped) == (
        0,
        SMALL.output_bytes,
        100000 - SMALL.output_bytes,
    )


def test_what_a_background_process_printed_before_it_was_ended_is_kept(sandbox: RemoteSandbox) -> None:
    result = sandbox.run(("sh", "-c", "(echo early; sleep 600) & sleep 0.3"))
    assert result.output == b"early\n"
    assert result.killed >= 1


def test_a_command_that_closes_its_output_is_still_waited_for(sandbox: RemoteSandbox) -> None:
    result = sandbox.run(("sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 5"))
    assert result.exit_code == 5


# -- what the server itself does for work


def test_a_pattern_that_never_ends_is_given_up(open_sandbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orion_tui.core.sandbox.remote._SEARCH_SECONDS", 0.5)
    sandbox = open_sandbox()
    sandbox.write("a", b"a" * 40 + b"!")
    with pytest.raises(TimeoutError):
        sandbox.search("(a+)+$")
    assert sandbox.search("a!$") == (("a", 1, "a" * 40 + "!"),)
    assert only_init_is_left(sandbox)


def test_searching_is_bounded(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.write("many", b"x\n" * 10_000)
    assert len(sandbox.search("x", limit=7)) == 7
    sandbox.write("long", b"y" * 1_000_000)
    ((_, _, line),) = sandbox.search("y")
    assert len(line) == 500


def test_a_deep_tree_is_emptied_scanned_and_listed(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    code = """
import os
for _ in range(1500):
    os.mkdir("d" * 20); os.chdir("d" * 20)
"""
    assert python(sandbox, code).exit_code == 0
    assert [entry.what for entry in sandbox.scan()] == ["path too long"]
    assert sandbox.list() == ()
    sandbox.load([])
    assert sandbox.scan() == ()


def test_thousands_of_directories_cost_no_descriptors(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    assert python(sandbox, "import os\nfor n in range(1900): os.mkdir(f'd{n}')").exit_code == 0
    sandbox.write("d7/x", b"hello")
    assert sandbox.list() == ("d7/x",)
    assert sandbox.search("hello") == (("d7/x", 1, "hello"),)
    assert [entry.path for entry in sandbox.scan()] == [b"d7/x"]


@pytest.mark.bubblewrap
def test_a_tree_of_more_entries_than_allowed_is_refused_where_the_kernel_does_not_bound_it(
    open_sandbox: Open,
) -> None:
    sandbox = open_sandbox(shape=PLAIN)
    assert python(sandbox, "import os\nfor n in range(3000): os.mkdir(f'd{n}')").exit_code == 0
    with pytest.raises(BoundaryViolation, match="more than 2048"):
        sandbox.scan()
    assert sandbox.alive()


def test_the_hosts_processes_are_not_counted_against_a_sandbox(open_sandbox: Open) -> None:
    sandboxes = [open_sandbox() for _ in range(3)]
    code = "import os\nfor n in range(30):\n  if not os.fork(): __import__('time').sleep(60)\nprint('ok')"
    for sandbox in sandboxes:
        assert python(sandbox, code).output == b"ok\n"


def test_time_is_measured_inside(sandbox: RemoteSandbox) -> None:
    started = time.monotonic()
    result = sandbox.run(("sleep", "0.2"))
    assert 0.2 <= result.seconds <= time.monotonic() - started

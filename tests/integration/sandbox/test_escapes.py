"""Ways out, each tried from inside, each with a control: the same probe succeeds where it should."""

import errno
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.errors import ChannelClosed
from orion_tui.core.sandbox import seccomp
from orion_tui.core.sandbox.agent import frames
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.sandbox.seccomp import engine_profile
from orion_tui.core.sandbox.seccomp.assembler import assemble, give
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS
from tests.integration.sandbox.conftest import Open, init_of, start_kind


def inside(sandbox: RemoteSandbox, code: str) -> str:
    result = sandbox.run(("python3", "-I", "-S", "-c", code), timeout=30)
    return result.output.decode() + result.error


def outside(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, timeout=30, cwd="/"
    ).stdout


# -- kernel calls

CALL = """
import ctypes, errno, os, json, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments))
    return "done" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), ctypes.get_errno())
print(json.dumps({name: call(number, *arguments) for name, (number, arguments) in json.loads(%r).items()}))
"""

#: Calls that an unprivileged process without a filter gets another answer to than EPERM.
CALLS: dict[str, tuple[int, ...]] = {
    "keyctl": (0, -3, 0),
    "add_key": (0, 0, 0, 0, 0),
    "request_key": (0, 0, 0, 0),
    "io_uring_setup": (0, 0),
    "io_uring_enter": (-1, 0, 0, 0, 0),
    "name_to_handle_at": (-100, 0, 0, 0, 0),
    "process_vm_readv": (0, 0, 0, 0, 0),
    "ptrace": (0x4206, 99999999, 0, 0),
    "kcmp": (99999999, 99999999, 0, 0, 0),
    "personality": (0x40000,),
    "setns": (-1, 0),
    "pidfd_getfd": (-1, 0, 0),
    "unshare": (0x10000000,),
    "memfd_secret": (0xFFFF,),
}


def answers(sandbox: RemoteSandbox, calls: dict[str, tuple[int, ...]]) -> dict[str, str]:
    machine = platform.machine()
    numbered = {name: (getattr(SYSCALLS[name], machine), arguments) for name, arguments in calls.items()}
    found: dict[str, str] = json.loads(inside(sandbox, CALL % json.dumps(numbered)))
    return found


def _allow_all(machine: str) -> bytes:
    del machine
    return assemble([give(0x7FFF0000)])


@pytest.fixture(scope="module")
def unfiltered(kind: str) -> Iterator[RemoteSandbox]:
    """The control: a sandbox with a filter that lets everything through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seccomp, "program", _allow_all)
        patch.setattr(engine_profile, "profile", lambda: "unconfined")
        sandbox = start_kind(kind)
    with sandbox:
        yield sandbox


def test_the_filter_refuses_what_the_kernel_would_answer(sandbox: RemoteSandbox, unfiltered: RemoteSandbox) -> None:
    found = answers(sandbox, CALLS)
    control = answers(unfiltered, CALLS)
    assert found == dict.fromkeys(CALLS, "EPERM")
    assert "EPERM" not in control.values(), control
    # What is behind the filter: bubblewrap lets no namespace more be made, an engine leaves it to the filter.
    assert control["unshare"] == ("done" if sandbox.backend == "docker" else "ENOSPC")


def test_what_takes_privilege_is_refused_twice_over(sandbox: RemoteSandbox, unfiltered: RemoteSandbox) -> None:
    """Without the filter it is the missing capability that refuses."""
    names = ("mount", "pivot_root", "chroot", "swapon", "init_module", "kexec_load", "quotactl", "acct")
    calls: dict[str, tuple[int, ...]] = dict.fromkeys(names, (0, 0, 0, 0, 0))
    assert set(answers(sandbox, calls).values()) == {"EPERM"}
    assert set(answers(unfiltered, calls).values()) <= {"EPERM", "EFAULT", "ENOSYS", "ENODEV", "EINVAL"}


def test_clone_by_pointer_looks_like_an_older_kernel(sandbox: RemoteSandbox, unfiltered: RemoteSandbox) -> None:
    assert answers(sandbox, {"clone3": (0, 0)}) == {"clone3": "ENOSYS"}
    assert answers(unfiltered, {"clone3": (0, 0)}) == {"clone3": "EINVAL"}


def test_threads_and_processes_still_start(sandbox: RemoteSandbox) -> None:
    code = "import threading\nt = threading.Thread(target=lambda: print('ran')); t.start(); t.join()"
    assert inside(sandbox, code) == "ran\n"


def test_flushing_the_machines_disks_does_nothing_and_succeeds(sandbox: RemoteSandbox) -> None:
    code = "import os; os.sync(); print(os.system('sync'))"
    assert inside(sandbox, code) == "0\n"


# mov eax, 20 (getpid); int 0x80; ret
INT_80 = """
import ctypes, mmap
m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
m.write(b"\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3")
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))())
"""

if platform.machine() == "x86_64":  # the entry is that architecture's

    def test_the_32_bit_entry_into_the_kernel_is_death(sandbox: RemoteSandbox, unfiltered: RemoteSandbox) -> None:
        assert sandbox.run(("python3", "-c", INT_80)).signal == 31  # SIGSYS
        control = unfiltered.run(("python3", "-c", INT_80))
        assert control.exit_code == 0 or control.signal == 11  # where the kernel has no such entry


def test_characters_cannot_be_pushed_into_a_terminal(sandbox: RemoteSandbox) -> None:
    code = """
import fcntl, os, termios
pid, fd = os.forkpty() if hasattr(os, "forkpty") else (0, 0)
if pid == 0:
    try:
        fcntl.ioctl(0, {0}, b"x")
        print("done", flush=True)
    except OSError as error: print(error.errno, flush=True)
    os._exit(0)
print(os.read(fd, 100).decode().strip())
"""
    assert inside(sandbox, code.replace("{0}", "termios.TIOCSTI")) == f"{errno.EPERM}\n"
    assert inside(sandbox, code.replace("{0}", "0x5413")) == "done\n"  # TIOCGWINSZ: a terminal is there


# -- files of the host and of the kernel


def test_nothing_of_the_kernels_can_be_written(sandbox: RemoteSandbox) -> None:
    code = """
import os
opened = []
for directory, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(os.path.join(directory, name), os.O_WRONLY)); opened.append(name)
        except OSError: pass
for path in ("/proc/sysrq-trigger", "/proc/self/mem"):
    try:
        os.close(os.open(path, os.O_WRONLY)); opened.append(path)
    except OSError: pass
print(opened)
"""
    # The control within the probe: a process's own memory opens.
    assert inside(sandbox, code) == "['/proc/self/mem']\n"


@pytest.mark.parametrize("path", ["/root", "/var", "/run", "/opt", "/srv", "/mnt", "/sys", "/boot", "/etc/shadow"])
def test_no_place_of_the_hosts_is_there(jailed: RemoteSandbox, path: str) -> None:
    assert inside(jailed, f"import os; print(os.path.lexists({path!r}))") == "False\n"


def test_a_home_of_the_hosts_is_not_there(sandbox: RemoteSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    code = f"import os; print(os.listdir('/home'), os.path.exists({str(secret)!r}))"
    assert inside(sandbox, code) == "['agent'] False\n"
    assert outside(f"import os; print(os.path.exists({str(secret)!r}))") == "True\n"


@pytest.mark.parametrize("path", ["/proc/1/root/etc/passwd", "/proc/1/cwd/x", "/proc/self/root/root"])
def test_no_detour_over_proc_leads_out(sandbox: RemoteSandbox, path: str) -> None:
    answer = inside(sandbox, f"open({path!r})")
    assert "PermissionError" in answer or "FileNotFoundError" in answer


def test_no_kernel_table_of_the_machine_can_be_read(sandbox: RemoteSandbox) -> None:
    code = """
for path in ("/proc/kallsyms", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/proc/kcore"):
    try: print(len(open(path, "rb").read(100)))
    except OSError as error: print(type(error).__name__)
print(len(open("/proc/meminfo", "rb").read(100)))
"""
    lines = inside(sandbox, code).split()
    assert lines[-1] == "100"
    if sandbox.run(("grep", "-q", " /proc/keys ", "/proc/mounts")).exit_code == 0:  # the shape with mounts of its own
        assert set(lines[:-1]) <= {"0", "FileNotFoundError", "PermissionError"}


def test_programs_that_raise_privileges_raise_none(sandbox: RemoteSandbox) -> None:
    code = """
import os, subprocess
found = [p for p in ("/usr/bin/su", "/usr/bin/sudo", "/usr/bin/newgrp", "/usr/bin/mount") if os.path.exists(p)]
marked = [os.stat(p).st_mode & 0o4000 != 0 for p in found]
print(os.statvfs("/usr").f_flag & os.ST_NOSUID != 0 or not any(marked))
"""
    assert inside(sandbox, code) == "True\n"
    assert inside(sandbox, "print(open('/proc/self/status').read().count('NoNewPrivs:\\t1'))") == "1\n"


# -- the first process


def test_the_first_process_cannot_be_killed_stopped_or_disturbed(sandbox: RemoteSandbox) -> None:
    code = """
import contextlib, os, signal
for number in range(1, 65):
    with contextlib.suppress(PermissionError): os.kill(1, number)
fd = os.pidfd_open(1)
for number in (9, 19, 15, 2):
    with contextlib.suppress(PermissionError): signal.pidfd_send_signal(fd, number)
print("sent")
"""
    assert inside(sandbox, code) == "sent\n"
    assert sandbox.alive()
    # The control: a signal reaches any other process.
    control = "import os, time\nchild = os.fork() or time.sleep(60)\nos.kill(child, 9); print(os.wait()[1])"
    assert inside(sandbox, control) == "9\n"


def test_the_first_process_keeps_its_limits_and_priority(sandbox: RemoteSandbox) -> None:
    code = """
import os, resource
def attempt(action):
    try: action(); print("done")
    except OSError as error: print(error.strerror)
attempt(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt(lambda: os.setpriority(os.PRIO_USER, 0, 19))
attempt(lambda: os.sched_setaffinity(1, {0}))
attempt(lambda: open("/proc/1/oom_score_adj", "w"))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, 19))
attempt(lambda: resource.prlimit(0, resource.RLIMIT_NOFILE, (64, 64)))
"""
    *refused, first, second = inside(sandbox, code).split("\n")[:-1]
    assert set(refused) <= {"Operation not permitted", "Permission denied"}
    assert (first, second) == ("done", "done")


def test_no_frame_can_be_forged_through_the_server(sandbox: RemoteSandbox) -> None:
    code = """
import os
server = os.getppid()
opened = []
for number in range(128):
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        try:
            os.write(os.open(f"/proc/{server}/fd/{number}", flags), b"\\x05" + bytes(12)); opened.append(number)
        except OSError: pass
for name in ("mem", "environ", "stack", f"task/{server}/mem", "map_files"):
    path = f"/proc/{server}/{name}"
    try: os.open(path, os.O_RDONLY); opened.append(path)
    except OSError: pass
try: os.listdir(f"/proc/{server}/fd"); opened.append("listing")
except OSError: pass
os.close(os.open("/proc/self/fd/1", os.O_WRONLY))  # the control: one's own opens
print(opened)
"""
    assert inside(sandbox, code) == "[]\n"
    assert sandbox.alive()


def test_what_a_command_prints_cannot_be_taken_for_a_frame(sandbox: RemoteSandbox) -> None:
    forged = b"".join(frames.encode(frames.RESULT, number, {"exit": 0}) for number in range(200))
    code = f"import os; os.write(1, {forged!r}); os._exit(3)"
    result = sandbox.run(("python3", "-I", "-S", "-c", code))
    assert (result.exit_code, result.output) == (3, forged)


# -- the network


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


CONNECT = """
import socket
s = socket.socket(%s)
s.settimeout(5)
try: s.connect(%r); print('connected')
except OSError as error: print(error)
"""


def test_the_hosts_own_services_are_not_reached(sandbox: RemoteSandbox, listener: socket.socket) -> None:
    code = CONNECT % ("", listener.getsockname())
    assert "refused" in inside(sandbox, code)
    assert outside(code) == "connected\n"


def test_the_hosts_abstract_sockets_are_not_reached(sandbox: RemoteSandbox) -> None:
    name = f"\0orion-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(name)
        listening.listen()
        code = CONNECT % ("socket.AF_UNIX", name)
        assert "refused" in inside(sandbox, code)
        assert outside(code) == "connected\n"


def test_the_hosts_socket_files_are_not_reached(sandbox: RemoteSandbox, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        code = CONNECT % ("socket.AF_UNIX", str(path))
        assert "No such file" in inside(sandbox, code)
        assert outside(code) == "connected\n"


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_no_address_out_there_is_reached(sandbox: RemoteSandbox, address: str) -> None:
    assert "unreachable" in inside(sandbox, CONNECT % ("", (address, 80)))


def test_no_name_out_there_is_known(sandbox: RemoteSandbox) -> None:
    code = """
import socket
for name in ("localhost", "example.com"):
    try: print(socket.gethostbyname(name))
    except OSError: print("unknown")
"""
    assert inside(sandbox, code) == "127.0.0.1\nunknown\n"


def test_its_own_services_are_reached(sandbox: RemoteSandbox) -> None:
    code = """
import socket, threading
with socket.socket() as l:
    l.bind(("127.0.0.1", 0)); l.listen()
    threading.Thread(target=lambda: socket.create_connection(l.getsockname()).sendall(b"hello")).start()
    print(l.accept()[0].recv(10).decode())
"""
    assert inside(sandbox, code) == "hello\n"


@pytest.mark.parametrize(("family", "form"), [(40, 1), (17, 3), (38, 5), (31, 3), (16, 3)])
def test_no_odd_socket_can_be_made(sandbox: RemoteSandbox, family: int, form: int) -> None:
    code = f"import socket\ntry: socket.socket({family}, {form}, 9); print('made')\nexcept OSError as e: print(e.errno)"
    assert inside(sandbox, code).strip() in {
        str(number) for number in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EPERM)
    }


def test_two_sandboxes_do_not_meet(open_sandbox: Open) -> None:
    one, other = open_sandbox(), open_sandbox()
    sockets = Path(f"/proc/{init_of(one)}/net/unix")
    listening = """
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("\\0meet"); s.listen(); time.sleep(600)
"""

    def listen() -> None:
        with pytest.raises(ChannelClosed):
            one.run(("python3", "-c", listening), timeout=600)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while "@meet" not in sockets.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "@meet" in sockets.read_text()
        assert "refused" in inside(other, CONNECT % ("socket.AF_UNIX", "\0meet"))
    finally:
        one.close()
        thread.join(20)


# -- secrets and descriptors


def test_the_hosts_environment_stays_outside(open_sandbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret-value")
    monkeypatch.setenv("LD_PRELOAD_X", "sk-secret-value")
    sandbox = open_sandbox()
    code = """
import os
found = [p for p in os.listdir("/proc") if p.isdigit()]
secret = "sk-" + "secret"
print(secret in str(dict(os.environ)))
for pid in found:
    for name in ("environ", "cmdline"):
        try: print(secret.encode() in open(f"/proc/{pid}/{name}", "rb").read())
        except PermissionError: pass
"""
    assert set(inside(sandbox, code).split()) == {"False"}
    assert "sk-secret-value" in os.environ.values()


@pytest.mark.bubblewrap
def test_no_descriptor_of_the_hosts_is_inherited(open_sandbox: Open, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with secret.open("rb") as file, socket.socket() as listening:
        os.set_inheritable(file.fileno(), True)
        os.set_inheritable(listening.fileno(), True)
        control = subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False, capture_output=True, check=True)
        assert b"secret" in control.stdout
        sandbox = open_sandbox()
        code = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:-1])"
        assert inside(sandbox, code) == "['0', '1', '2']\n"
        if os.geteuid() != 0:
            return  # only root may look at the descriptors of the first process
        targets = [str(entry.readlink()) for entry in Path(f"/proc/{init_of(sandbox)}/fd").iterdir()]
    allowed = ("/dev/null", "pipe:", "socket:", "/workspace", "/proc/1/oom_score_adj")
    assert [target for target in targets if not target.startswith(allowed)] == []
    assert len([target for target in targets if target.startswith("socket:")]) == 1


def test_the_servers_sources_and_sessions_hold_no_secret_of_the_hosts(sandbox: RemoteSandbox) -> None:
    maps = sandbox.run(("sh", "-c", "cat /proc/$PPID/cmdline")).output
    assert b"python3" in maps
    assert os.fsencode(Path.home()) not in maps
    assert os.fsencode(sys.prefix) not in maps


def test_a_limit_that_a_command_sets_lower_binds_only_itself(sandbox: RemoteSandbox) -> None:
    sandbox.run(("python3", "-c", "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))"))
    assert sandbox.run(("sh", "-c", "true & wait")).exit_code == 0

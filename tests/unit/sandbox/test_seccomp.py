"""The system call filters, run on a machine of our own: every call of both architectures, and tricks around them."""

import pytest

from orion_tui.core.sandbox.seccomp import ARCHITECTURES, CANARY_CALL, CANARY_ERRNO, policy, program
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS
from tests.unit.sandbox import bpf

pytestmark = pytest.mark.unit

ALLOW = 0x7FFF0000
KILL = 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT = (0x50000 | n for n in (1, 38, 97, 94, 93))
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def ask(architecture: str, name: str, *arguments: int) -> int:
    number: int | None = getattr(SYSCALLS[name], architecture)
    if number is None:
        pytest.skip(f"{architecture} has no {name}")
    return raw(architecture, number, *arguments)


def raw(architecture: str, number: int, *arguments: int) -> int:
    filter_program = program(architecture)
    assert filter_program is not None
    return bpf.run(filter_program, arch=ARCH[architecture], number=number, arguments=arguments)


every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


@every_architecture
def test_the_shipped_bytes_are_what_the_policy_compiles_to(architecture: str) -> None:
    assert program(architecture) == policy.compile_filter(architecture)


def test_a_machine_without_a_filter_is_told_apart() -> None:
    assert program("riscv64") is None


@every_architecture
def test_every_call_gets_the_answer_of_its_class(architecture: str) -> None:
    expected = {"allow": ALLOW, "EPERM": EPERM, "ENOSYS": ENOSYS, "done": 0x50000}
    for call in SYSCALLS.values():
        number: int | None = getattr(call, architecture)
        label = policy.verdict(call.name)
        if number is not None and label in expected:
            assert raw(architecture, number) == expected[label], call.name


@every_architecture
def test_numbers_that_no_table_knows_look_like_an_older_kernel(architecture: str) -> None:
    known = {getattr(call, architecture) for call in SYSCALLS.values()}
    for number in [n for n in range(600) if n not in known] + [5000, CANARY_CALL - 1, CANARY_CALL + 1, 0x3FFFFFFF]:
        assert raw(architecture, number) == ENOSYS, number


@every_architecture
def test_the_canary_proves_this_very_filter(architecture: str) -> None:
    assert raw(architecture, CANARY_CALL) == 0x50000 | CANARY_ERRNO


_REACHING_OUT = """
mount umount2 pivot_root chroot setns ptrace process_vm_readv process_vm_writev keyctl add_key request_key bpf
perf_event_open kexec_load kexec_file_load init_module finit_module delete_module userfaultfd io_uring_setup
io_uring_enter io_uring_register open_by_handle_at name_to_handle_at swapon reboot settimeofday clock_settime
quotactl acct fanotify_init fsopen move_mount open_tree pidfd_getfd
"""


@pytest.mark.parametrize("name", _REACHING_OUT.split())
@every_architecture
def test_what_reaches_beyond_the_sandbox_is_refused(architecture: str, name: str) -> None:
    assert ask(architecture, name) == EPERM


@pytest.mark.parametrize(
    "name", ["read", "write", "openat", "execve", "futex", "mmap", "landlock_create_ruleset", "seccomp", "kill"]
)
@every_architecture
def test_what_programs_live_by_is_allowed(architecture: str, name: str) -> None:
    assert ask(architecture, name) == ALLOW


@every_architecture
def test_clone_starts_processes_and_threads_but_no_namespace(architecture: str) -> None:
    for flags in (17, 0x4111, 0x3D0F00, 0x1200011):  # fork, vfork, pthread_create, glibc's fork
        assert ask(architecture, "clone", flags) == ALLOW
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(architecture, "clone", 17 | bit) == EPERM
        assert ask(architecture, "unshare", bit) == EPERM
    assert ask(architecture, "unshare", 0x80) == EPERM
    assert ask(architecture, "unshare", 0x200) == ALLOW  # its own file system attributes: harmless
    assert ask(architecture, "clone3") == ENOSYS


@every_architecture
def test_high_bits_that_the_kernel_ignores_change_no_answer(architecture: str) -> None:
    assert ask(architecture, "ioctl", 0, 0x100000000 | 0x5412) == EPERM
    assert ask(architecture, "clone", 0x100000000 | 0x10000000) == EPERM
    assert ask(architecture, "socket", 0x100000000 | 40, 1, 0) == EAFNOSUPPORT


@pytest.mark.parametrize("request_number", [0x5412, 0x541C, 0x541D, 0x5423])
@every_architecture
def test_terminals_cannot_be_typed_into_or_taken_over(architecture: str, request_number: int) -> None:
    assert ask(architecture, "ioctl", 0, request_number) == EPERM
    assert ask(architecture, "ioctl", 0, 0x5401) == ALLOW  # TCGETS


@every_architecture
def test_sockets_are_local_or_plain_internet(architecture: str) -> None:
    for family, kind, protocol in (
        (1, 1, 0),
        (1, 5, 0),
        (2, 1, 6),
        (2, 2 | 0x80000, 17),
        (10, 1 | 0x800, 0),
        (16, 3, 0),
    ):
        assert ask(architecture, "socket", family, kind, protocol) == ALLOW
    for family in (0, 3, 4, 9, 15, 17, 21, 29, 31, 38, 40, 44, 45):
        assert ask(architecture, "socket", family, 1, 0) == EAFNOSUPPORT
    assert ask(architecture, "socket", 2, 3, 255) == ESOCKTNOSUPPORT  # raw
    assert ask(architecture, "socket", 2, 5, 132) == ESOCKTNOSUPPORT  # SCTP's own type
    assert ask(architecture, "socket", 2, 1, 132) == EPROTONOSUPPORT
    assert ask(architecture, "socket", 16, 3, 12) == EPROTONOSUPPORT  # netfilter over netlink
    assert ask(architecture, "socketpair", 1, 1, 0) == ALLOW
    assert ask(architecture, "socketpair", 40, 1, 0) == EAFNOSUPPORT


@every_architecture
def test_no_odd_personality(architecture: str) -> None:
    for value in (0, 8, 0x20000, 0x20008, 0xFFFFFFFF):
        assert ask(architecture, "personality", value) == ALLOW
    for value in (0x400000, 0x40000, 0x100000, 7):
        assert ask(architecture, "personality", value) == EPERM


@every_architecture
def test_no_device_can_be_made(architecture: str) -> None:
    for mode in (0o20666, 0o60600):
        assert ask(architecture, "mknodat", 0, 0, mode) == EPERM
    for mode in (0o10644, 0o100644, 0o140600, 0o644):
        assert ask(architecture, "mknodat", 0, 0, mode) == ALLOW


@pytest.mark.parametrize(
    "name", ["prlimit64", "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity"]
)
@every_architecture
def test_the_first_process_is_left_alone(architecture: str, name: str) -> None:
    assert ask(architecture, name, 1) == EPERM
    assert ask(architecture, name, 0) == ALLOW
    assert ask(architecture, name, 4321) == ALLOW


@every_architecture
def test_nobodys_priority_is_lowered_by_user(architecture: str) -> None:
    assert ask(architecture, "setpriority", 2, 0, 19) == EPERM
    assert ask(architecture, "setpriority", 0, 1, 19) == EPERM
    assert ask(architecture, "setpriority", 0, 0, 5) == ALLOW
    assert ask(architecture, "ioprio_set", 3, 0, 0) == EPERM


@every_architecture
def test_code_of_another_architecture_is_killed(architecture: str) -> None:
    filter_program = program(architecture)
    assert filter_program is not None
    for arch in (0x40000003, 0x40000028, 0xC000003E ^ 1, *(ARCH[a] for a in ARCHITECTURES if a != architecture)):
        assert bpf.run(filter_program, arch=arch, number=0) == KILL


def test_the_second_numbering_of_x86_is_killed() -> None:
    for number in (0x40000000, 0x40000000 | 59, 0x40000000 | 512, 0xFFFFFFFF):
        assert raw("x86_64", number) == KILL


def test_every_call_of_the_table_is_in_exactly_one_class() -> None:
    for name in SYSCALLS:
        policy.verdict(name)
    named = policy.ALLOWED | policy.REFUSED | policy.UNKNOWN | policy.DONE | policy.CONDITIONAL.keys()
    assert named == SYSCALLS.keys()


def test_a_call_in_no_class_cannot_be_compiled() -> None:
    with pytest.raises(ValueError, match="0 classes"):
        policy.verdict("brand_new_call")

"""What work may ask of the kernel.

An allow list in the manner of container engines' default profiles, tightened: work here has no capability, no
privilege to gain and no device, so what only serves those is refused. Calls that the table does not know get ENOSYS,
known ones that are not allowed get EPERM.
"""

from collections.abc import Callable

from orion_tui.core.sandbox.seccomp import CANARY_CALL, CANARY_ERRNO
from orion_tui.core.sandbox.seccomp.assembler import (
    AND,
    JUMP_ANY_BIT,
    JUMP_AT_LEAST,
    JUMP_EQUAL,
    Instruction,
    Label,
    Line,
    argument,
    assemble,
    give,
    load,
    when,
)
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS

_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_ALLOW = 0x7FFF0000

#: What `struct seccomp_data.arch` must be. Anything else is 32-bit code by another entry into the kernel.
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: x32, a second numbering of the same entry on x86_64.
_X32_BIT = 0x40000000

ALLOWED = frozenset(
    """
    accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres clock_gettime
    clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
    epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64
    fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork
    fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat
    get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid
    getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt
    gettid gettimeofday getuid getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch
    io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit ioprio_get kill landlock_add_rule
    landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr listxattrat llistxattr
    lremovexattr lseek lsetxattr lstat madvise map_shadow_stack membarrier memfd_create mincore mkdir mkdirat mlock
    mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal
    msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause
    pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2
    process_mrelease pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg
    recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
    rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto
    set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setregid setresgid setresuid
    setreuid setrlimit setsid setsockopt setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack
    signalfd signalfd4 splice stat statfs statx symlink symlinkat sync_file_range sysinfo tee tgkill time timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill
    truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev
    """.split()
)

#: Refused with EPERM. In order: mounts, other views of the file system, handles that pass by path checks; the kernel
#: itself, its keys and its large, much attacked interfaces; the machine's clock, names, ports and memory placement;
#: other processes' insides, since PID 1 of the sandbox has the same uid as work; what is long gone or never was there.
REFUSED = frozenset(
    """
    mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr mount_setattr
    statmount listmount swapon swapoff quotactl quotactl_fd open_by_handle_at name_to_handle_at fanotify_init
    fanotify_mark lookup_dcookie setns

    reboot kexec_load kexec_file_load init_module finit_module delete_module create_module query_module
    get_kernel_syms bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key
    request_key acct syslog lsm_get_self_attr lsm_set_self_attr lsm_list_modules

    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname iopl ioperm modify_ldt vhangup
    move_pages mbind set_mempolicy set_mempolicy_home_node get_mempolicy migrate_pages

    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd memfd_secret

    nfsservctl uselib ustat sysfs _sysctl afs_syscall getpmsg putpmsg security tuxcall vserver epoll_ctl_old
    epoll_wait_old set_thread_area get_thread_area
    """.split()
)

#: Answered as if done. Every file system that work can write is in memory; these would flush the whole machine's disks.
DONE = frozenset({"sync", "syncfs"})

#: Answered as if the kernel were older. clone3 takes its flags by pointer, where no filter can look; libraries then
#: fall back to clone.
UNKNOWN = frozenset({"clone3"})

CLONE_NEW_ANY = 0x7E020000  # NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
CLONE_NEWTIME = 0x00000080
S_IFMT, S_IFCHR, S_IFBLK = 0xF000, 0x2000, 0x6000
#: What may be made: nothing said, a file, a pipe, a socket.
FILE_KINDS = (0x0000, 0x8000, 0x1000, 0xC000)
#: Push characters into a terminal, act on the console, take the console over, load a line discipline.
TERMINAL_REQUESTS = (0x5412, 0x541C, 0x541D, 0x5423)
#: Linux, UNAME26, the 32-bit variants that container engines allow, and "tell me".
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
#: Default, ICMP echo, TCP, UDP, ICMPv6 echo. Other protocols would make the kernel load modules.
INTERNET_PROTOCOLS = (0, 1, 6, 17, 58)
_PRIO_USER, _IOPRIO_WHO_USER = 2, 3


def _only(index: int, values: tuple[int, ...], otherwise: str) -> list[Line]:
    return [argument(index), *(when(JUMP_EQUAL, value, "allow") for value in values), _goto(otherwise)]


def _none_of(index: int, values: tuple[int, ...]) -> list[Line]:
    return [argument(index), *(when(JUMP_EQUAL, value, "EPERM") for value in values), _goto("allow")]


def _goto(target: str) -> Instruction:
    return when(JUMP_AT_LEAST, 0, target, target)


def _socket() -> list[Line]:
    return [
        argument(0),
        when(JUMP_EQUAL, AF_UNIX, "allow"),
        when(JUMP_EQUAL, AF_INET, "socket.internet"),
        when(JUMP_EQUAL, AF_INET6, "socket.internet"),
        when(JUMP_EQUAL, AF_NETLINK, "socket.netlink", "EAFNOSUPPORT"),
        Label("socket.internet"),
        argument(1),
        Instruction(AND, 0xF),  # the type without its flags: stream and datagram, nothing raw
        when(JUMP_EQUAL, 1, "socket.protocol"),
        when(JUMP_EQUAL, 2, "socket.protocol", "ESOCKTNOSUPPORT"),
        Label("socket.protocol"),
        *_only(2, INTERNET_PROTOCOLS, "EPROTONOSUPPORT"),
        Label("socket.netlink"),
        *_only(2, (0,), "EPROTONOSUPPORT"),  # route: how the C library lists addresses
    ]


def _device(index: int) -> list[Line]:
    return [
        argument(index),
        Instruction(AND, S_IFMT),
        when(JUMP_EQUAL, S_IFCHR, "EPERM"),
        when(JUMP_EQUAL, S_IFBLK, "EPERM", "allow"),
    ]


def _never_init(which_user: int) -> list[Line]:
    return [argument(0), when(JUMP_EQUAL, which_user, "EPERM"), *_none_of(1, (1,))]


#: Calls that depend on their arguments.
CONDITIONAL: dict[str, Callable[[], list[Line]]] = {
    "clone": lambda: [argument(0), when(JUMP_ANY_BIT, CLONE_NEW_ANY, "EPERM", "allow")],
    "unshare": lambda: [argument(0), when(JUMP_ANY_BIT, CLONE_NEW_ANY | CLONE_NEWTIME, "EPERM", "allow")],
    "socket": _socket,
    "socketpair": lambda: _only(0, (AF_UNIX,), "EAFNOSUPPORT"),
    "ioctl": lambda: _none_of(1, TERMINAL_REQUESTS),
    "personality": lambda: _only(0, PERSONALITIES, "EPERM"),
    "mknod": lambda: _device(1),
    "mknodat": lambda: _device(2),
    # The limits, priority and processors of PID 1, which the uid alone would permit.
    "prlimit64": lambda: _none_of(0, (1,)),
    "sched_setscheduler": lambda: _none_of(0, (1,)),
    "sched_setparam": lambda: _none_of(0, (1,)),
    "sched_setattr": lambda: _none_of(0, (1,)),
    "sched_setaffinity": lambda: _none_of(0, (1,)),
    "setpriority": lambda: _never_init(_PRIO_USER),
    "ioprio_set": lambda: _never_init(_IOPRIO_WHO_USER),
}

#: Linux's numbers, alike on both architectures; spelled out so that every machine generates the same bytes.
_ERRNOS = {
    "EPERM": 1,
    "ENOSYS": 38,
    "EPROTONOSUPPORT": 93,
    "ESOCKTNOSUPPORT": 94,
    "EAFNOSUPPORT": 97,
    "canary": CANARY_ERRNO,
    "done": 0,
}


def verdict(name: str) -> str:
    """The label that a call's number leads to. Raises ValueError unless exactly one class holds the call."""
    classes = {
        "allow": ALLOWED,
        "EPERM": REFUSED,
        "ENOSYS": UNKNOWN,
        "done": DONE,
        f"check.{name}": CONDITIONAL.keys(),
    }
    found = [label for label, members in classes.items() if name in members]
    if len(found) != 1:
        raise ValueError(f"{name} is in {len(found)} classes")
    return found[0]


def compile_filter(architecture: str) -> bytes:
    """The whole program for one architecture."""
    numbers: dict[int, str] = {CANARY_CALL: "canary"}
    for call in SYSCALLS.values():
        number: int | None = getattr(call, architecture)
        if number is not None:
            numbers[number] = verdict(call.name)
    lines: list[Line] = [
        load(4),
        when(JUMP_EQUAL, _AUDIT_ARCH[architecture], "", "kill"),
        load(0),
    ]
    if architecture == "x86_64":
        lines.append(when(JUMP_AT_LEAST, _X32_BIT, "kill"))
    ranges = _ranges(numbers)
    lines += _decide(ranges)
    reached = {label for _, label in ranges}
    for name, check in CONDITIONAL.items():
        if f"check.{name}" in reached:
            lines += [Label(f"check.{name}"), *check()]
    lines += [Label("allow"), give(_ALLOW)]
    for name, number in _ERRNOS.items():
        lines += [Label(name), give(_ERRNO | number)]
    lines += [Label("kill"), give(_KILL_PROCESS)]
    return assemble(lines)


def _ranges(numbers: dict[int, str]) -> list[tuple[int, str]]:
    """Where each run of equal verdicts begins, from 0 on; the last one has no end."""
    ranges: list[tuple[int, str]] = []
    for number in range(max(numbers) + 2):
        label = numbers.get(number, "ENOSYS")
        if not ranges or ranges[-1][1] != label:
            ranges.append((number, label))
    return ranges


def _decide(ranges: list[tuple[int, str]]) -> list[Line]:
    """A binary search over `ranges`, with the call's number in A."""
    if len(ranges) == 1:
        return [_goto(ranges[0][1])]
    middle = len(ranges) // 2
    low, high = ranges[:middle], ranges[middle:]
    start = high[0][0]
    if len(low) == len(high) == 1:
        return [when(JUMP_AT_LEAST, start, high[0][1], low[0][1])]
    label = f"from.{start}"
    return [when(JUMP_AT_LEAST, start, label), *_decide(low), Label(label), *_decide(high)]

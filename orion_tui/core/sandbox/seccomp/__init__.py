"""Which system calls work may make: a filter of our own, compiled ahead, one file a machine architecture.

`policy` says what is allowed and why not, `assembler` turns it into classic BPF, `generate` writes the files. At run
time only the files are read.
"""

from importlib.resources import files

#: A call that no kernel has. The filter answers it with an errno that no kernel uses: proof that *this* filter, in
#: this version, is the one in force.
CANARY_CALL = 20306
CANARY_ERRNO = 3001

ARCHITECTURES = ("x86_64", "aarch64")


def program(architecture: str) -> bytes | None:
    """The compiled filter for a machine as `platform.machine()` names it; None where there is none."""
    if architecture not in ARCHITECTURES:
        return None
    return files(__name__).joinpath(f"{architecture}.bpf").read_bytes()

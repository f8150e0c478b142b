"""`python -m orion_tui.core.sandbox.seccomp.generate`: write the compiled filters anew, beside this file."""

from pathlib import Path

from orion_tui.core.sandbox.seccomp import ARCHITECTURES
from orion_tui.core.sandbox.seccomp.policy import compile_filter


def main() -> None:
    """Write one file an architecture."""
    for architecture in ARCHITECTURES:
        Path(__file__).with_name(f"{architecture}.bpf").write_bytes(compile_filter(architecture))


if __name__ == "__main__":
    main()

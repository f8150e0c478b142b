"""How much may be written (GATE-3): ceilings that a role may only lower, with honest words for each refusal."""

from collections.abc import Mapping

import attrs

from orion_tui.base.errors import UsageError

_MB = 1_000_000
# As git tells text from binary.
_SNIFFED = 8_000


@attrs.frozen(kw_only=True)
class Usage:
    """What a session has changed so far, measured against its base."""

    created: int = 0
    #: Changed and deleted files of the base.
    modified: int = 0
    #: Bytes of all created and changed files together.
    total_bytes: int = 0


@attrs.frozen(kw_only=True)
class Caps:
    """The ceilings in force."""

    file_bytes: int = 10 * _MB
    file_lines: int = 5_000
    #: Files a session.
    created: int = 100
    modified: int = 200
    total_bytes: int = 200 * _MB
    #: Entries of the whole workspace that a harvest looks at.
    entries: int = 200_000

    def lowered(self, limits: Mapping[str, int]) -> "Caps":
        """These caps with a role's `write_limits`, each at most what it was. UsageError for a name that is none."""
        if unknown := sorted(limits.keys() - {field.name for field in attrs.fields(Caps)}):
            raise UsageError(f"no such write limit: {', '.join(unknown)}")
        return attrs.evolve(self, **{name: min(value, getattr(self, name)) for name, value in limits.items()})

    def check_size(self, size: int) -> str | None:
        """Why a file of `size` bytes may not be; None when it may."""
        if size > self.file_bytes:
            return f"{size:,} bytes, more than the {self.file_bytes:,} that a file may have"
        return None

    def check_lines(self, data: bytes, base: bytes | None, *, exempt: bool = False) -> str | None:
        """Why a file may not have this many lines. `base` is what the session's base has there.

        Does not apply to binary files, to lock files approved by name (`exempt`), nor to files that were over the cap
        already.
        """
        if exempt or (lines := count_lines(data)) <= self.file_lines:
            return None
        if base is not None and count_lines(base) > self.file_lines:
            return None
        return f"{lines:,} lines, more than the {self.file_lines:,} that a file may have"

    def check_usage(self, usage: Usage, *, creates: bool = False, modifies: bool = False, adds: int = 0) -> str | None:
        """Why a session that used `usage` may not change one more file by `adds` bytes; None when it may."""
        if creates and usage.created >= self.created:
            return f"the session has created {usage.created:,} files, as many as it may"
        if modifies and usage.modified >= self.modified:
            return f"the session has changed {usage.modified:,} files of the base, as many as it may"
        if adds > 0 and usage.total_bytes + adds > self.total_bytes:
            return (
                f"it would bring what the session wrote to {usage.total_bytes + adds:,} bytes,"
                f" more than the {self.total_bytes:,} that it may"
            )
        return None


def count_lines(data: bytes) -> int:
    """Lines of a text file, a last one without newline included; 0 for a binary file."""
    if b"\0" in data[:_SNIFFED]:
        return 0
    return data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)

"""Which workspace roles a person has read and trusted, by exact content (ROLE-1, THREATS 25).

`<home>/roles/trusted` holds one SHA-256 a line. A role file that came with a repository is usable only while the hash
of its bytes stands there; any change of it needs a new decision. The store knows hashes, not names or places: what was
read is what is trusted, wherever it lies.
"""

import os
import re
from pathlib import Path

from orion_tui.base.errors import StoreError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class TrustStore:
    """The trusted hashes of one Orion home."""

    def __init__(self, roles: Path) -> None:
        self._file = roles / "trusted"

    def digests(self) -> frozenset[str]:
        """Every trusted hash. A missing file trusts nothing; one that others can write trusts nothing either.

        Raises StoreError when the file is there and cannot be read.
        """
        try:
            status = self._file.lstat()
            if status.st_mode & 0o022 or status.st_uid != os.geteuid() or not self._file.is_file():
                return frozenset()
            lines = self._file.read_text("ascii", "replace").splitlines()
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise StoreError(f"cannot read {self._file}: {error.strerror}") from error
        return frozenset(line for line in lines if _DIGEST.fullmatch(line))

    def trusts(self, digest: str) -> bool:
        """Whether exactly this content was trusted."""
        return digest in self.digests()

    def add(self, digest: str) -> None:
        """Trust content with this hash. The caller has authenticated the person (AUTH-3)."""
        self._write(self.digests() | {digest})

    def remove(self, digest: str) -> None:
        """Trust it no longer."""
        self._write(self.digests() - {digest})

    def _write(self, digests: frozenset[str]) -> None:
        if bad := [digest for digest in digests if not _DIGEST.fullmatch(digest)]:
            raise ValueError(f"not a SHA-256: {bad[0]!r}")
        new = self._file.with_name("trusted.new")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write("".join(f"{digest}\n" for digest in sorted(digests)))
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self._file)
        except OSError as error:
            raise StoreError(f"cannot write {self._file}: {error.strerror}") from error

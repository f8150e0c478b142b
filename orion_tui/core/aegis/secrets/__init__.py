"""The secret scan (GATE-2): Kingfisher's rules and Orion's own patterns over everything that would enter a repository.

Covered: AWS key ids and secrets, GitHub, GitLab, Slack tokens and webhooks, Google, OpenAI, Anthropic, Stripe, npm,
PyPI, Hugging Face, JSON web tokens, private keys (every PEM form, OPENSSH, PGP, PuTTY, age), passwords, connection
strings, assignments to names like `api_key`, `secret` and `token` with and without quotes, authorization headers,
random values beside such words, and whatever Kingfisher's rules know.

Read as they stand and as they are decoded: base64 (both alphabets, wrapped, shifted by a letter), hexadecimal, percent
and string escapes, HTML references, UTF-16 and UTF-32, zero-width and invalid characters, full-width letters, literals
joined by an operator or by standing side by side, lines that go on, gzip, bzip2, xz, zlib and zip; up to four levels
deep. Kingfisher sees plain files, UTF-16, what packed files hold, and base64. In file contents, names and messages.
Comments and files of the tree that ask scanners to look away mean nothing.

Not covered, by decision or because no scan can: a secret put together by a program (variables, formatting, `join` of a
list, arithmetic, reversal, any cipher); base64 and hexadecimal without 16 letters or digits in a row, or of data that
is neither text nor packed; quoted-printable; compressed streams inside other files (PDF, images), 7z, rar, zstd;
pictures of text; private keys without their begin mark; passwords of letters alone, with blanks or quotes in them,
shorter than six characters, or under a name that says nothing; a secret that calls itself an example; homoglyphs of
other scripts. Archives that cannot be read (encrypted, damaged, beyond the bounds) are findings of their own.
"""

from orion_tui.core.aegis.secrets.allowlist import Allowlist
from orion_tui.core.aegis.secrets.allowlist import load as load_allowlist
from orion_tui.core.aegis.secrets.models import Allowed, Finding, ScanItem, ScanReport
from orion_tui.core.aegis.secrets.scan import scan
from orion_tui.core.aegis.secrets.warm import warm

__all__ = ["Allowed", "Allowlist", "Finding", "ScanItem", "ScanReport", "load_allowlist", "scan", "warm"]

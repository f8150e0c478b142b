"""The encrypted credential file, for machines without a keychain.

One file, `vault/passphrase.vault` or `vault/machine-key.vault`, 0600, replaced whole under a lock:

    "ORION-VAULT"  version (1 byte)  header length (4 bytes, big endian)  header  nonce (12)  ciphertext  digest (32)

The header is JSON: the kind of key, for a passphrase the argon2id parameters and salt, and the *data key* wrapped
(AES-256-GCM) under the key that the passphrase or the machine key gives; all but the wrapped key is authenticated with
the wrapping, and everything before the nonce with the ciphertext (AES-256-GCM under the data key) of the secrets, a
JSON object. The digest is SHA-256 of all before it. It is no protection, it tells apart: where it does not fit, the
file is damaged; where it fits and the data key does not unwrap, the passphrase is another one; where that unwraps and
the rest does not, somebody changed the file.

Argon2id parameters: those of RFC 9106, 4, second option (3 passes, 64 MiB, 4 lanes), see `pin.py`. They are read from
the header, within bounds, so that they can be raised later.

Not covered: an older copy of the whole file put back; who can write the file and knows no key gains nothing else.
"""

import base64
import binascii
import hashlib
import json
import os
import struct
from collections.abc import Callable, Mapping
from typing import Any, cast

from orion_tui.base.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import pin
from orion_tui.core.auth.vault import VaultChoice, read_private, replace_file, vault_lock

MAGIC = b"ORION-VAULT"
VERSION = 1
#: The least that counts as a passphrase; length is what protects it, so nothing else is demanded.
LEAST_PASSPHRASE = 8

_LARGEST = 1024 * 1024
_PREFIX = struct.Struct(f">{len(MAGIC)}sBI")
_NONCE = 12
_DIGEST = 32
_KEY = 32
# What a header may ask for: a changed one must not take all memory or an hour.
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_PASSES = 16
_MOST_LANES = 16


class FileVault:
    """Secrets in a file, under a passphrase or under `vault/machine.key`."""

    def __init__(self, home: OrionHome, choice: VaultChoice, *, passphrase: str | None = None) -> None:
        if choice is VaultChoice.KEYCHAIN:
            raise ValueError("the keychain is no file")
        self._home = home
        self._choice = choice
        self._passphrase = passphrase
        self._path = home.vault / f"{choice.value}.vault"
        self._key_path = home.vault / "machine.key"
        #: Keys already derived: argon2id once a process and salt is enough.
        self._derived: dict[bytes, bytes] = {}

    @property
    def choice(self) -> VaultChoice:
        """Which kind it is."""
        return self._choice

    def get(self, name: str) -> str | None:
        """The secret of that name; None where there is none, or no file at all."""
        opened = self._open()
        return None if opened is None else opened.secrets.get(name)

    def set(self, name: str, value: str) -> None:
        """Keep a secret; makes the file, and the machine key, where there is none."""
        self._change(lambda secrets: {**secrets, name: value})

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens where there is none."""
        if self.get(name) is not None:
            self._change(lambda secrets: {key: value for key, value in secrets.items() if key != name})

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        with vault_lock(self._home):
            opened = self._open() or self._new()
            replace_file(self._path, opened.sealed(change(opened.secrets)))

    def _open(self) -> "_Opened | None":
        data = read_private(self._path, limit=_LARGEST)
        if data is None:
            return None
        frame = _Frame.parse(data, str(self._path))
        if frame.header.get("key") != self._choice.value:
            raise VaultError(f"{self._path} holds a vault of another kind", hint="put the right file back from a copy")
        data_key = self._unwrap(frame)
        try:
            secrets = json.loads(_decrypt(data_key, frame.nonce, frame.ciphertext, frame.head))
        except (_NotAuthentic, ValueError):
            raise _damaged(str(self._path)) from None
        if not isinstance(secrets, dict):
            raise _damaged(str(self._path))
        return _Opened(frame.head, data_key, {str(k): str(v) for k, v in cast("dict[str, Any]", secrets).items()})

    def _new(self) -> "_Opened":
        """An empty vault with a data key of its own."""
        header: dict[str, Any] = {"key": self._choice.value}
        if self._choice is VaultChoice.PASSPHRASE:
            if self._passphrase is not None and len(self._passphrase) < LEAST_PASSPHRASE:
                raise UsageError(f"a passphrase has at least {LEAST_PASSPHRASE} characters; more is better")
            header |= {
                "kdf": "argon2id",
                "passes": pin.TIME_COST,
                "memory_kib": pin.MEMORY_KIB,
                "lanes": pin.LANES,
                "salt": _text(os.urandom(16)),
            }
            wrapping = self._from_passphrase(header)
        else:
            key = self._machine_key() or self._make_machine_key()
            header["key_id"] = _key_id(key)
            wrapping = key
        data_key = os.urandom(_KEY)
        nonce = os.urandom(_NONCE)
        header["wrapped"] = _text(nonce + _encrypt(wrapping, nonce, data_key, _bound(header)))
        text = json.dumps(header, sort_keys=True).encode("ascii")
        return _Opened(_PREFIX.pack(MAGIC, VERSION, len(text)) + text, data_key, {})

    def _unwrap(self, frame: "_Frame") -> bytes:
        place = str(self._path)
        try:
            wrapped = _bytes(frame.header["wrapped"])
        except (KeyError, TypeError, ValueError):
            raise _damaged(place) from None
        if self._choice is VaultChoice.PASSPHRASE:
            wrapping = self._from_passphrase(frame.header)
        else:
            wrapping = self._machine_key()
            if wrapping is None:
                raise VaultError(
                    f"the machine key {self._key_path} is missing: the credentials cannot be read",
                    hint="put it back from a copy",
                )
            if frame.header.get("key_id") != _key_id(wrapping):
                raise VaultError(f"{self._key_path} is not the key of {place}", hint="put the right one back")
        try:
            return _decrypt(wrapping, wrapped[:_NONCE], wrapped[_NONCE:], _bound(frame.header))
        except _NotAuthentic:
            if self._choice is VaultChoice.PASSPHRASE:
                raise WrongPassphrase("the vault's passphrase is another one") from None
            raise _damaged(place) from None

    def _from_passphrase(self, header: Mapping[str, Any]) -> bytes:
        if self._passphrase is None:
            raise VaultError("the vault is locked: its passphrase is needed", hint="unlock it first")
        try:
            passes, memory, lanes = (int(header[name]) for name in ("passes", "memory_kib", "lanes"))
            salt = _bytes(header["salt"])
        except (KeyError, TypeError, ValueError):
            raise _damaged(str(self._path)) from None
        bounded = 1 <= passes <= _MOST_PASSES and 1 <= lanes <= _MOST_LANES and 8 * lanes <= memory <= _MOST_MEMORY_KIB
        if header.get("kdf") != "argon2id" or not bounded or len(salt) < 8:
            raise _damaged(str(self._path))
        parameters = struct.pack(">III", passes, memory, lanes) + salt
        if parameters not in self._derived:
            from argon2.low_level import Type, hash_secret_raw

            self._derived[parameters] = hash_secret_raw(
                self._passphrase.encode("utf-8", "surrogateescape"),
                salt,
                time_cost=passes,
                memory_cost=memory,
                parallelism=lanes,
                hash_len=_KEY,
                type=Type.ID,
            )
        return self._derived[parameters]

    def _machine_key(self) -> bytes | None:
        key = read_private(self._key_path, limit=_KEY)
        if key is not None and len(key) != _KEY:
            raise VaultDamaged(f"{self._key_path} is not a machine key", hint="put it back from a copy")
        return key

    def _make_machine_key(self) -> bytes:
        key = os.urandom(_KEY)
        replace_file(self._key_path, key)
        return key


class _Opened:
    """A vault with its data key: what a change needs to seal it again under the same header."""

    def __init__(self, head: bytes, data_key: bytes, secrets: dict[str, str]) -> None:
        self._head = head
        self._data_key = data_key
        self.secrets = secrets

    def sealed(self, secrets: dict[str, str]) -> bytes:
        nonce = os.urandom(_NONCE)
        plain = json.dumps(secrets, sort_keys=True).encode("utf-8")
        body = self._head + nonce + _encrypt(self._data_key, nonce, plain, self._head)
        return body + hashlib.sha256(body).digest()


class _Frame:
    """The parts of the file, its digest checked, nothing decrypted."""

    def __init__(self, head: bytes, header: dict[str, Any], nonce: bytes, ciphertext: bytes) -> None:
        self.head = head
        self.header = header
        self.nonce = nonce
        self.ciphertext = ciphertext

    @classmethod
    def parse(cls, data: bytes, place: str) -> "_Frame":
        if len(data) < _PREFIX.size + _NONCE + _DIGEST or not data.startswith(MAGIC):
            raise _damaged(place)
        _, version, length = _PREFIX.unpack_from(data)
        if version > VERSION:
            raise VaultError(f"{place} was written by a newer Orion (format {version})", hint="upgrade Orion")
        body, digest = data[:-_DIGEST], data[-_DIGEST:]
        split = _PREFIX.size + length
        if version < 1 or hashlib.sha256(body).digest() != digest or split + _NONCE > len(body):
            raise _damaged(place)
        try:
            header: Any = json.loads(body[_PREFIX.size : split])
        except ValueError:
            raise _damaged(place) from None
        if not isinstance(header, dict):
            raise _damaged(place)
        return cls(body[:split], cast("dict[str, Any]", header), body[split : split + _NONCE], body[split + _NONCE :])


class _NotAuthentic(Exception):
    """The key is another one, or the bytes are."""


def _encrypt(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce, plain, bound)


def _decrypt(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        raise _NotAuthentic from None


def _bound(header: Mapping[str, Any]) -> bytes:
    """What is authenticated with the wrapped key: all of the header but itself."""
    rest = {name: value for name, value in header.items() if name != "wrapped"}
    return MAGIC + bytes([VERSION]) + json.dumps(rest, sort_keys=True).encode("ascii")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"orion machine key id" + key).hexdigest()[:16]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not text")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _damaged(place: str) -> VaultDamaged:
    return VaultDamaged(
        f"{place} is damaged: it was changed or cut short outside Orion", hint="put it back from a copy"
    )

"""Between rows and the frozen models: columns are the model's fields, one to one."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Generic, TypeVar

import attrs

from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import Row

M = TypeVar("M", bound=attrs.AttrsInstance)

# ASCII with escapes: undecodable bytes of a path (lone surrogates) survive, which UTF-8 could not hold.
to_text: Callable[[object], str] = json.JSONEncoder(
    ensure_ascii=True, allow_nan=False, separators=(",", ":"), check_circular=False
).encode
#: Text of a JSON column to its value.
from_text: Callable[[str], Any] = json.JSONDecoder().decode


def encode(value: object) -> object:
    """A plain value as SQLite keeps it: enums by value, text that is not UTF-8 as the bytes it came from."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return os.fsencode(value)
    return value


class Table(Generic[M]):
    """One model's table.

    `json` names fields that are kept as JSON, `convert` says how to rebuild fields that are neither plain nor JSON
    (enums, tuples); every other field is taken as it is.
    """

    def __init__(
        self,
        name: str,
        model: type[M],
        *,
        json: Iterable[str] = (),
        convert: Mapping[str, Callable[[Any], object]] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        #: Column names in the model's order.
        self.fields = tuple(field.name for field in attrs.fields(model))
        #: The same, quoted, for a SELECT list (some are SQL keywords).
        self.columns = ", ".join(f'"{field}"' for field in self.fields)
        self._json = frozenset(json)
        rebuild = dict(convert or {})
        #: Only what is not taken as it is: most columns are, and sessions have forty of them.
        self._decoders = tuple(
            (field, field in self._json, rebuild.get(field))
            for field in self.fields
            if field in self._json or field in rebuild
        )
        self._blobs = frozenset(f.name for f in attrs.fields(model) if f.type in (bytes, bytes | None))

    def values(self, item: M, *, without: frozenset[str] = frozenset()) -> list[object]:
        """The values to insert, in the order of `columns`."""
        return [self.encode(field, getattr(item, field)) for field in self.fields if field not in without]

    def encode(self, field: str, value: object) -> object:
        """One field's value as its column keeps it."""
        if field in self._json and value is not None:
            return to_text(value)
        return encode(value)

    @staticmethod
    def decode_text(value: Any) -> Any:
        """A plain column's value as the model has it: text that is not UTF-8 is kept as bytes."""
        return os.fsdecode(value) if isinstance(value, bytes) else value

    def model_of(self, row: Row) -> M:
        """The model of a row selected with `columns`.

        Raises StoreError when the row cannot be one: a damaged database.
        """
        try:
            values: dict[str, Any] = dict(zip(self.fields, row, strict=True))
            if bytes in map(type, row):
                for field, value in values.items():
                    if isinstance(value, bytes) and field not in self._blobs and field not in self._json:
                        values[field] = os.fsdecode(value)
            for field, is_json, rebuild in self._decoders:
                value = values[field]
                if value is not None:
                    if is_json:
                        value = from_text(value)
                    values[field] = value if rebuild is None else rebuild(value)
            return self.model(**values)
        except (ValueError, TypeError) as error:
            raise StoreError(
                f"a record of {self.name} cannot be read: {error}", hint="`orion doctor` checks the database"
            ) from error

"""Reads the fields of a prompt by their grammar alone, as whoever reads the prompt has to."""

import re

import attrs

_OPENING = re.compile(r"<<<([0-9a-f]{12}) (.*)")


@attrs.frozen(kw_only=True)
class Parts:
    """A prompt taken apart."""

    #: Label and text of every field that stands by itself, in order.
    fields: tuple[tuple[str, str], ...]
    #: Everything that stands in none.
    outside: str

    def __getitem__(self, label: str) -> str:
        """The text of the one field of that label."""
        (text,) = [text for name, text in self.fields if name == label]
        return text


def take_apart(prompt: str) -> Parts:
    """Fails where a field has no end."""
    fields: list[tuple[str, str]] = []
    outside: list[str] = []
    lines = iter(prompt.split("\n"))
    for line in lines:
        opening = _OPENING.fullmatch(line)
        if opening is None:
            outside.append(line)
            continue
        key, label = opening.groups()
        inside: list[str] = []
        for within in lines:
            if within == f"{key}>>>":
                break
            inside.append(within)
        else:
            raise AssertionError(f"the field {label} has no end")
        fields.append((label, "\n".join(inside)))
    return Parts(fields=tuple(fields), outside="\n".join(outside))

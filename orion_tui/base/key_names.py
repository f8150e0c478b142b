"""Names of keys: as the terminal layer calls them, as a person writes them, as a person reads them."""

import re
import unicodedata

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
# How people write them, too.
_ALIASES = {"esc": "escape", "return": "enter", "pgdn": "pagedown", "pgup": "pageup", "del": "delete", "ins": "insert"}
# The terminal layer's own names where they differ from Unicode's.
_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
# The same byte reaches a program for both: the terminal cannot tell them apart.
_SAME_BYTE = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
_MODIFIED = re.compile(r"(?:(ctrl|shift|alt)[+-]|\^)(.+)", re.IGNORECASE | re.DOTALL)

#: The terminal layer's name of each printable ASCII character that is neither letter nor digit.
_SIGNS: dict[str, str] = {}
for _code in range(0x21, 0x7F):
    if not chr(_code).isalnum():
        _name = unicodedata.name(chr(_code)).lower().replace("-", "_").replace(" ", "_")
        _SIGNS[chr(_code)] = _RENAMED.get(_name, _name)
_CHARACTERS = {name: sign for sign, name in _SIGNS.items()}


def display(key: str) -> str:
    """A key name as a person reads it: `^P`, `Esc`, `?`, `Shift+Up`."""
    modifier, plus, rest = key.partition("+")
    if plus and rest:
        return f"^{display(rest).upper()}" if modifier == "ctrl" else f"{modifier.capitalize()}+{display(rest)}"
    return _SHOWN.get(key) or _CHARACTERS.get(key, key)


def canonical(text: str) -> str:
    """The terminal layer's name for a key as a person writes it: `?`, `^P`, `ctrl+p`, `Esc`, `F5`, `A`, `shift+up`.

    Raises ValueError with the reason.
    """
    name = text.strip()
    if len(name) == 1 and name != " ":
        return _character(name)
    if (modified := _MODIFIED.fullmatch(name)) is not None:
        return _modified((modified[1] or "ctrl").lower(), modified[2])
    plain = name.lower()
    plain = _ALIASES.get(plain, plain)
    if plain in _SHOWN or plain in _CHARACTERS:
        return plain
    raise ValueError(f"{name!r} is no key: one character, or a name such as enter, esc, space, pgdn, f5, ctrl+s")


def _character(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character if character.isalnum() else _SIGNS[character]
    if character.isalpha():
        return character
    raise ValueError(f"{character!r} is no key that every keyboard layout and terminal sends the same way")


def _modified(modifier: str, rest: str) -> str:
    inner = canonical(rest)
    if modifier == "ctrl":
        name = f"ctrl+{inner.lower() if len(inner) == 1 else inner}"
        if (same := _SAME_BYTE.get(f"ctrl+{_CHARACTERS.get(inner, inner).lower()}")) is not None:
            raise ValueError(f"a terminal sends the same for {display(name)} and {display(same)}")
        return name
    if modifier == "shift" and len(inner) == 1:
        # What arrives is the letter that it makes.
        return inner.upper()
    return f"{modifier}+{inner}"

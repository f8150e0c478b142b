"""How a shell reads one word: quotes, escapes, expansions, patterns. The part of `aegis.shell` below commands."""

import re
from abc import ABC, abstractmethod

from orion_tui.core.aegis.places import HOME
from orion_tui.core.aegis.shell_words import Found, Word

MAX_DEPTH = 12
META = frozenset(" \t\n;&|<>()")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Stand in a word for what was quoted or expanded in it. Literally, either is a hidden character and so a doubt.
_QUOTED, _EXPANDED = "\0", "\1"
_ODD_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\+=|\[)")


class WordReader(ABC):
    """A cursor over a shell text that can read a word."""

    def __init__(self, text: str, found: Found, depth: int) -> None:
        self.text = text
        self.at = 0
        self.found = found
        self.depth = depth

    @abstractmethod
    def nested(self) -> None:
        """Read the commands of a substitution in this text, up to and with its closing parenthesis."""

    @abstractmethod
    def apart(self, text: str) -> None:
        """Read the commands of another text that this one runs."""

    def doubt(self, reason: str) -> None:
        """Note what makes the whole uncertain."""
        self.found.doubt(reason)

    def word(self) -> Word:
        """Read one word; the cursor stands on its first character."""
        parts: list[str] = []
        bare: list[str] = []
        certain, pattern, equals, assigns = True, False, False, ""
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in META:
                break
            if char in "\\'\"$`":
                if not self.text.startswith("\\\n", self.at):
                    bare.append(_QUOTED if char in "\\'\"" else _EXPANDED)
                certain = self._special(char, parts) and certain
            elif char == "~" and self.at == start:
                certain = self._tilde(parts) and certain
                bare.append("~")
            else:
                if char in "*?":
                    pattern = True
                elif char == "=" and not equals:
                    equals = True
                    if _NAME.fullmatch("".join(bare)):
                        assigns = "".join(parts)
                elif char == "~" and assigns:
                    self.doubt("an expansion")
                parts.append(char)
                bare.append(char)
                self.at += 1
        self._check_bare("".join(bare))
        text = "".join(parts)
        return Word(text=text, certain=certain, quoted=_QUOTED in bare, pattern=pattern, assigns=assigns)

    def _special(self, char: str, parts: list[str]) -> bool:
        if char == "\\":
            following = self.text[self.at + 1 : self.at + 2]
            parts.append("" if following == "\n" else following)
            self.at += 2
            return True
        if char == "'":
            parts.append(self._single())
            return True
        if char == '"':
            self.at += 1
            return self.within_quotes('"', parts)
        return self._expansion(parts)

    def _check_bare(self, bare: str) -> None:
        """Doubt what bash expands and dash does not, in a word without what was quoted or expanded in it."""
        inner = bare[bare.find("{") : bare.rfind("}") + 1] if "{" in bare else ""
        if "," in inner or ".." in inner:
            self.doubt("a brace expansion")
        if "[" in bare and bare.rfind("]") > bare.find("[") + 1:
            self.doubt("a pattern with a set of characters")
        if _ODD_ASSIGNMENT.match(bare):
            self.doubt("an assignment that shells read differently")

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            self.doubt("an unclosed quote")
            end = len(self.text)
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return text

    def within_quotes(self, end: str, parts: list[str]) -> bool:
        """Read as inside double quotes up to `end` ("" is the end of the text); whether nothing expands in it."""
        certain = True
        while self.at < len(self.text):
            char = self.text[self.at]
            if end and char == end:
                self.at += 1
                return certain
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in {"$", "`", '"', "\\", "\n"}:
                following = self.text[self.at + 1]
                parts.append("" if following == "\n" else following)
                self.at += 2
            elif char in "$`":
                certain = self._expansion(parts, quoted=True) and certain
            else:
                parts.append(char)
                self.at += 1
        if end:
            self.doubt("an unclosed quote")
        return certain

    def _tilde(self, parts: list[str]) -> bool:
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 1
        if not following or following == "/" or following in META:
            parts.append(HOME)
            return True
        parts.append("~")
        self.doubt("an expansion")
        return False

    def _expansion(self, parts: list[str], *, quoted: bool = False) -> bool:
        """Read what begins with `$` or a backtick; whether it stands for itself."""
        start = self.at
        following = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "`":
            self._backticks()
        elif following == "(":
            self.doubt("a substitution")
            self.at += 2
            self.nested()
        elif following == "{":
            self._braced()
        elif name := _NAME.match(self.text, self.at + 1):
            self.doubt("an expansion")
            self.at = name.end()
        elif following and following in "@*#?-$!0123456789":
            self.doubt("an expansion")
            self.at += 2
        elif following and following in "'\"" and not quoted:
            self.doubt("a quote that shells read differently")
            self.at += 1
        else:
            # A `$` before anything else stands for itself in some shells (`$[1+1]` counts in bash).
            certain = not following or following.isspace() or (quoted and following == '"')
            if not certain:
                self.doubt("an expansion")
            parts.append("$")
            self.at += 1
            return certain
        parts.append(self.text[start : self.at])
        return False

    def _backticks(self) -> None:
        self.doubt("a substitution")
        self.at += 1
        inner: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != "`":
            if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in {"$", "`", "\\"}:
                self.at += 1
            inner.append(self.text[self.at : self.at + 1])
            self.at += 1
        if self.at >= len(self.text):
            self.doubt("a substitution without end")
        self.at += 1
        self.apart("".join(inner))

    def _braced(self) -> None:
        """Pass `${...}`, reading the substitutions in it."""
        self.doubt("an expansion")
        self.at += 2
        if self.depth >= MAX_DEPTH:
            self.doubt("nesting too deep to read")
            self.at = len(self.text)
            return
        self.depth += 1
        ignored: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "}":
                self.at += 1
                self.depth -= 1
                return
            if char in "\\'\"$`":
                self._special(char, ignored)
            else:
                self.at += 1
        self.doubt("an expansion without end")

"""A small, conservative reader of POSIX shell text.

Understood with certainty: simple commands of literal words (single, double and backslash quotes), joined by `;`,
newline, `&&`, `||` and `|`, with file redirections, assignments, comments, `!`, and patterns that stay within a
directory. Everything else is a *doubt*: substitutions, expansions, here-documents, subshells, groups, functions,
control flow, background jobs, brace expansion, hidden characters, and any form that shells read differently. A doubt
never stops the reading: commands inside substitutions, subshells and bodies are collected too, so that what is visible
is judged.

The text is run by `sh`, which is dash in one sandbox and bash in another: where they differ, that is a doubt.
"""

import re
import unicodedata

import attrs

from orion_tui.core.aegis.shell_quoting import MAX_DEPTH, META, WordReader
from orion_tui.core.aegis.shell_words import Command, Found, Redirect, Script, Word

MAX_TEXT = 100_000

_REDIRECT = re.compile(r"<<<|<<-|<<|<&|<>|<|>>|>&|>\||>")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;&|;;|;&|[;&|]")
_SPLIT = re.compile(r"(?<=[^ \t\n])\\\n")
# Operators with a doubt, and what they join like.
_JOINS_LIKE = {"|&": "|", ";;": ";", ";&": ";", ";;&": ";"}
#: Reserved words that only introduce the command after them.
_INTRODUCE = frozenset(
    {"if", "then", "elif", "else", "while", "until", "do", "{", "coproc", "}", "fi", "done", "esac", "function"}
)
#: Reserved words whose own words are no command.
_HEADERS = frozenset({"for", "case", "select", "[[", "in"})


def parse(text: str) -> Script:
    """Take a shell text apart. Never raises; costs time proportional to the text."""
    found = Found()
    if len(text) > MAX_TEXT:
        found.doubt("a text too long to read")
    if any(_hidden(char) for char in text):
        found.doubt("hidden characters")
    if _SPLIT.search(text):
        # bash joins the lines before it reads `$name` or `&&`, dash after.
        found.doubt("a line broken inside a word")
    _Reader(text[:MAX_TEXT], found, 0).read()
    return Script(commands=tuple(found.commands), doubts=tuple(found.doubts))


def _hidden(char: str) -> bool:
    if " " <= char <= "~" or char in "\n\t":
        return False
    return unicodedata.category(char)[0] in "CZ"


@attrs.define
class _Building:
    after: str
    words: list[Word] = attrs.field(factory=list[Word])
    redirects: list[Redirect] = attrs.field(factory=list[Redirect])
    documents: list[str] = attrs.field(factory=list[str])
    #: Where the finished command stands among those found; -1 while it is built.
    index: int = -1

    @property
    def empty(self) -> bool:
        return not self.words and not self.redirects and not self.documents


@attrs.frozen
class _Awaited:
    """A here-document that was announced on this line."""

    building: _Building
    delimiter: Word
    tabs: bool


class _Reader(WordReader):
    """One pass over one text; nested texts get their own reader and share what is found."""

    def __init__(self, text: str, found: Found, depth: int) -> None:
        super().__init__(text, found, depth)
        self._now = _Building("(" if depth else "")
        self._awaited: list[_Awaited] = []

    def read(self, *, closing: bool = False) -> None:
        """Read to the end, or with `closing` to the parenthesis that ends a substitution."""
        open_parens = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char == "\n":
                self.at += 1
                self._end("\n")
                self._bodies()
            elif char in "()":
                self.at += 1
                if char == ")" and closing and not open_parens:
                    self._end("")
                    return
                open_parens += 1 if char == "(" else -1
                self.doubt("a subshell or function")
                self._end("(")
            elif found := _OPERATOR.match(self.text, self.at):
                self.at = found.end()
                self._operator(found.group())
            elif char in "<>":
                self._redirect()
            else:
                self._add(self.word())
        if closing:
            self.doubt("a substitution without end")
        if self._awaited:
            self.doubt("a here-document without end")
        self._end("")

    def nested(self) -> None:
        """Read the commands of a substitution in this text, up to and with its closing parenthesis."""
        if self.depth >= MAX_DEPTH:
            self.doubt("nesting too deep to read")
            self.at = len(self.text)
            return
        inner = _Reader(self.text, self.found, self.depth + 1)
        inner.at = self.at
        inner.read(closing=True)
        self.at = inner.at

    def apart(self, text: str) -> None:
        """Read the commands of another text that this one runs."""
        if self.depth >= MAX_DEPTH:
            self.doubt("nesting too deep to read")
        else:
            _Reader(text, self.found, self.depth + 1).read()

    def _operator(self, operator: str) -> None:
        if operator == "&":
            self.doubt("a background job")
        elif operator in _JOINS_LIKE:
            self.doubt("the operator |&" if operator == "|&" else "control flow")
        self._end(_JOINS_LIKE.get(operator, operator))

    def _end(self, operator: str) -> None:
        """The simple command is complete; the next one stands after `operator`."""
        building = self._now
        if building.empty and operator == "\n":
            return  # a line may be broken after `&&` and `|`
        self._now = _Building(operator)
        words = self._without_reserved(building.words)
        split = next((i for i, word in enumerate(words) if not word.assigns), len(words))
        if not words and not building.redirects and not building.documents:
            return
        building.index = len(self.found.commands)
        self.found.commands.append(
            Command(
                words=tuple(words[split:]),
                assignments=tuple(words[:split]),
                redirects=tuple(building.redirects),
                documents=tuple(building.documents),
                after=building.after,
            )
        )

    def _without_reserved(self, words: list[Word]) -> list[Word]:
        index = 0
        while index < len(words):
            word = words[index]
            if word.quoted or word.text not in {"!", *_INTRODUCE, *_HEADERS}:
                return words[index:]
            if word.text != "!":
                self.doubt("control flow")
            if word.text in _HEADERS:
                return []
            # The word after `function` is its name, never a command.
            index += 2 if word.text == "function" else 1
        return []

    def _add(self, word: Word) -> None:
        following = self.text[self.at : self.at + 1]
        if word.text.isascii() and word.text.isdigit() and not word.quoted and following and following in "<>":
            self._redirect()  # the number of a stream
            return
        if word.pattern and not word.assigns:
            if not self._now.words:
                self.doubt("a pattern in place of a program")
            elif word.text[0] in "*?-":
                self.doubt("a pattern that may become an option")
            if any(part.startswith(".") and ("*" in part or "?" in part) for part in word.text.split("/")):
                self.doubt("a pattern that may match '..'")
        self._now.words.append(word)

    def _redirect(self) -> None:
        found = _REDIRECT.match(self.text, self.at)
        operator = found.group() if found else self.text[self.at]
        self.at += len(operator)
        if self.text.startswith("(", self.at) and operator in {"<", ">"}:
            self.doubt("a process substitution")
            self.at += 1
            self.nested()
            return
        while self.text[self.at : self.at + 1] in {" ", "\t"}:
            self.at += 1
        if self.at >= len(self.text) or self.text[self.at] in META:
            self.doubt("a redirection without a target")
            return
        target = self.word()
        if operator in {"<<", "<<-"}:
            self.doubt("a here-document")
            self._awaited.append(_Awaited(self._now, target, operator == "<<-"))
        elif operator == "<<<":
            self.doubt("a here-string")
            self._now.documents.append(target.text)
        elif operator not in {">&", "<&"} or not re.fullmatch(r"\d+-?|-", target.text):
            if operator in {">&", "<&"}:
                self.doubt("a redirection that shells read differently")
            if target.pattern:
                self.doubt("a pattern in place of a file")
            self._now.redirects.append(Redirect(operator=operator, target=target))

    def _bodies(self) -> None:
        """Read the here-documents that this line announced."""
        awaited, self._awaited = self._awaited, []
        for document in awaited:
            body = self._body(document)
            index = document.building.index
            document.building.documents.append(body)
            if index >= 0:
                command = self.found.commands[index]
                self.found.commands[index] = attrs.evolve(command, documents=(*command.documents, body))
            if not document.delimiter.quoted and self.depth < MAX_DEPTH:
                _Reader(body, self.found, self.depth + 1).within_quotes("", [])

    def _body(self, document: _Awaited) -> str:
        lines: list[str] = []
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = min(end + 1, len(self.text))
            line = line.lstrip("\t") if document.tabs else line
            if line == document.delimiter.text:
                break
            lines.append(line)
        return "\n".join(lines)

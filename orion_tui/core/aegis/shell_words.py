"""Words and simple commands of a shell text, as values."""

import attrs


@attrs.frozen(kw_only=True)
class Word:
    """One word after quote removal. What an expansion would put there is not known: it stands as it was written."""

    text: str
    #: False where an expansion decides what the word becomes.
    certain: bool = True
    #: Something of it stood in quotes: it is no reserved word.
    quoted: bool = False
    #: An unquoted `*` or `?` in it: it may become several names.
    pattern: bool = False
    #: The name before an unquoted `=` that makes the word an assignment where one may stand.
    assigns: str = ""

    @property
    def value(self) -> str:
        """What an assignment assigns."""
        return self.text[len(self.assigns) + 1 :] if self.assigns else self.text


@attrs.frozen(kw_only=True)
class Redirect:
    """A file opened for the command: operator as written (`>`, `>>`, `<` ...) and target."""

    operator: str
    target: Word

    @property
    def writes(self) -> bool:
        """Whether the target is written to."""
        return ">" in self.operator


@attrs.frozen(kw_only=True)
class Command:
    """A simple command."""

    words: tuple[Word, ...]
    assignments: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    #: Texts given on standard input by here-documents and here-strings.
    documents: tuple[str, ...] = ()
    #: The operator before it: "" at the beginning, `;`, newline, `&&`, `||`, `|`, `&`, or `(` inside something nested.
    after: str = ""


@attrs.frozen(kw_only=True)
class Script:
    """A shell text taken apart: every simple command that can be seen, and what makes the whole uncertain."""

    commands: tuple[Command, ...]
    #: Empty only when `commands` is all that happens.
    doubts: tuple[str, ...]


@attrs.define
class Found:
    """What readers of one text and of the texts nested in it collect together."""

    commands: list[Command] = attrs.field(factory=list[Command])
    doubts: dict[str, None] = attrs.field(factory=dict[str, None])

    def doubt(self, reason: str) -> None:
        """Note what makes the whole uncertain."""
        self.doubts.setdefault(reason)

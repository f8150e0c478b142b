"""Every key of the application: one catalogue from which bindings, footer, help and the README's table come.

Ids are what a person's own keymap names; they do not change when a key does.
"""

from collections.abc import Iterable

import attrs

from orion_tui.base.changing_keys import changes
from orion_tui.base.key_names import display


@attrs.frozen
class Key:
    """One thing a key does in one view."""

    #: `view.verb`, stable.
    id: str
    #: Textual's key names, comma separated: the first is shown.
    keys: str
    #: One or two words for the footer.
    label: str
    #: One sentence for the help screen.
    help: str
    #: The action as Textual resolves it on the node that owns the view.
    action: str

    @property
    def view(self) -> str:
        """Where it works: the part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def changes(self) -> bool:
        """Whether it leads to a change of anything but the picture."""
        return changes(self.id)

    @property
    def shown(self) -> str:
        """The first key as a person reads it: `^P`, `Esc`, `?`."""
        return display(self.keys.partition(",")[0])

    @property
    def all_shown(self) -> str:
        """All its keys, blank separated."""
        return " ".join(display(key) for key in self.keys.split(","))


#: Views in the order of the help screen, with their headings.
VIEWS = {
    "app": "Everywhere",
    "pane": "Panes",
    "lines": "Lists and texts",
    "mission": "Mission control",
    "sessions": "Sessions",
    "approvals": "Approvals",
    "approval": "Approval",
    "live": "Live session",
    "new": "New goal",
    "plan": "Plan review",
    "decision": "Decision",
    "diff": "Diff",
    "timeline": "Timeline",
    "promote": "Promotion",
    "log": "Log",
    "settings": "Settings",
    "batch": "Many approvals at once",
    "edit": "Editing what is asked",
    "reach": "Allowing beyond once",
    "confirm": "Questions",
    "form": "Entries",
    "say": "Words for an agent",
    "task": "Task of a plan",
    "pick": "Choices",
    "search": "Search",
    "palette": "Palette",
}

_REVIEW = (
    ("diff", "d", "diff", "What the session changed."),
    ("log", "l", "log", "Everything that happened, newest last."),
    ("timeline", "t", "timeline", "Checkpoints to look at and go back to, and what lies in the trash."),
    ("promote", "P", "promote", "Bring the work into the repository: gate, preview, credential."),
    ("undo", "u", "undo", "Take a promotion back with a revert commit, after the credential."),
    ("pause", "p", "pause", "Pause after the current step, or go on; what waits for a model tries again."),
    ("cancel", "x", "cancel", "Stop the session; work stays on its branch up to the last checkpoint."),
    ("model", "m", "model", "Let a session that stands still go on with another model: chosen, or written."),
    ("retry", "R", "retry", "Try what failed again: the selected task, or all failed tasks of the session."),
)
_FIELDS = (
    ("choose", "enter", "choose", "Open the list that the selected field chooses from."),
    ("below", "down", "next field", "Next field."),
    ("above", "up", "previous field", "Previous field."),
)
_ANSWER = (
    ("edit", "e", "edit", "Edit the command, or the content of the file, and approve what came of it."),
    ("reach", "A", "reach", "Approve it beyond once: for this session, or for its role."),
)
_SEARCH = (
    ("search", "slash", "search", "Find text; n and N then go from match to match."),
    ("next", "n", "next", "Next item, or next match while a search is open."),
    ("previous", "N", "previous", "Previous item, or previous match while a search is open."),
)


def _keys(view: str, rows: Iterable[tuple[str, str, str, str]]) -> tuple[Key, ...]:
    return tuple(Key(f"{view}.{verb}", keys, label, text, verb) for verb, keys, label, text in rows)


CATALOGUE: tuple[Key, ...] = (
    Key("app.mission", "1", "mission", "Mission control: what waits for you, what runs.", "app.view('mission')"),
    Key("app.sessions", "2", "sessions", "All sessions.", "app.view('sessions')"),
    Key(
        "app.approvals", "3", "approvals", "Everything that waits for your word, oldest first.", "app.view('approvals')"
    ),
    Key("app.settings", "8", "settings", "Every setting: its value, who decided it.", "app.view('settings')"),
    Key("app.work", "w", "new goal", "Hand over a goal: role, workspace, model, budgets.", "app.work"),
    Key(
        "app.palette",
        "ctrl+p",
        "palette",
        "Find anything by name: a command, a session, a role, a setting.",
        "app.palette",
    ),
    Key(
        "app.copy", "y", "copy", "Copy what is under the cursor: an id, a command, a line, a hunk, a text.", "app.copy"
    ),
    Key("app.help", "question_mark", "help", "All keys.", "app.help"),
    Key("app.manual", "f1", "help", "All keys, also where a ? is text.", "app.help"),
    Key("app.back", "q", "quit", "Back, then quit. Work goes on without the app.", "app.go_back"),
    Key("app.quit", "ctrl+c", "quit", "Leave at once. Work goes on without the app.", "app.quit"),
    Key("pane.next", "tab", "next pane", "Next pane.", "app.focus_next"),
    Key("pane.previous", "shift+tab", "previous pane", "Previous pane.", "app.focus_previous"),
    Key("pane.out", "escape", "back", "Close the search, else go back out.", "screen.out"),
    *_keys(
        "lines",
        (
            ("down", "j,down", "down", "Down one line."),
            ("up", "k,up", "up", "Up one line."),
            ("page_down", "pagedown,ctrl+d", "page down", "Down one page."),
            ("page_up", "pageup,ctrl+u", "page up", "Up one page."),
            ("top", "home,g", "top", "First line."),
            ("bottom", "end,G", "bottom", "Last line."),
            ("left", "left", "left", "Scroll left in long lines; the number before on a line of them."),
            ("right", "right", "right", "Scroll right in long lines; the next number on a line of them."),
            ("enter", "enter", "open", "Go into the selected item."),
        ),
    ),
    *_keys(
        "mission",
        (
            ("approve", "a", "approve", "Approve once when all of it is in view, else open it; accept finished work."),
            ("reject", "r", "reject", "Reject the selected approval or finished work, with a reason."),
            ("next", "n", "next", "Next item that waits for you."),
            ("previous", "N", "previous", "Previous item that waits for you."),
            *_REVIEW,
        ),
    ),
    *_keys(
        "sessions",
        (
            ("reject", "r", "reject", "Reject finished work, with a reason."),
            *_REVIEW,
            ("search", "slash", "filter", "Show only sessions with these words in goal, workspace, id, role or state."),
            ("next", "n", "next", "Next session."),
            ("previous", "N", "previous", "Previous session."),
        ),
    ),
    *_keys(
        "approvals",
        (
            (
                "approve",
                "a",
                "approve",
                "Approve once when all of it is in view, else open it; a plan opens in its review.",
            ),
            ("reject", "r", "reject", "Reject, with a reason that the agent is told."),
            *_ANSWER,
            ("mark", "space", "mark", "Mark, or take the mark away: a and r then answer all that are marked."),
            ("mark_like", "asterisk", "mark like", "Mark all that are like the selected one, or take the marks away."),
            ("next", "n", "next", "Next approval."),
            ("previous", "N", "previous", "Previous approval."),
        ),
    ),
    *_keys(
        "approval",
        (
            ("approve", "a", "approve once", "Approve exactly what is shown, once."),
            ("reject", "r", "reject", "Reject, with a reason that the agent is told."),
            *_ANSWER,
            ("next", "n", "next", "Next approval."),
            ("previous", "N", "previous", "Previous approval."),
        ),
    ),
    *_keys(
        "live",
        (
            ("approve", "a", "approve", "Open what this session waits for, or accept finished work."),
            ("reject", "r", "reject", "Reject what it waits for, or the finished work, with a reason."),
            ("next", "n", "next", "Next action that was blocked, failed, flagged or asked about."),
            ("previous", "N", "previous", "Previous such action."),
            (
                "next_session",
                "right_square_bracket",
                "next session",
                "The next session, those that wait first; each keeps its place.",
            ),
            ("previous_session", "left_square_bracket", "previous session", "The session before."),
            ("files", "f", "files", "The files that actions changed so far; Enter shows how."),
            ("hint", "i", "hint", "Say something to the agent; it reads it before its next question."),
            ("reach", "A", "allowed", "What this session is allowed beyond its role; take it back."),
            ("budget", "b", "budget", "Raise or lower what the session may use: dollars, tokens, hours."),
            *_REVIEW,
        ),
    ),
    *_keys(
        "new",
        (
            ("start", "ctrl+s", "start", "Check everything, then start the session."),
            ("switch", "space", "switch", "Switch the selected box."),
            *_FIELDS,
        ),
    ),
    *_keys(
        "plan",
        (
            ("approve", "a", "approve", "Let work start, or go on, with exactly this plan."),
            ("send_back", "s", "send back", "Have another plan made, with a comment."),
            ("edit", "e", "edit", "Edit the selected task."),
            ("add", "o,plus", "add", "Add a task behind the selected one."),
            ("remove", "x,delete", "remove", "Take the selected task out; u brings it back."),
            ("needs", "n", "needs", "Say which tasks must succeed before the selected one."),
            ("later", "J,shift+down", "later", "Move the task down among those that can run together."),
            ("earlier", "K,shift+up", "earlier", "Move the task up among those that can run together."),
            ("undo", "u", "undo", "Take the last change of the plan back."),
            ("keep", "O", "keep old", "Refuse the revision: work goes on with the plan that it has."),
            ("log", "l", "log", "Everything that happened, newest last."),
        ),
    ),
    *_keys(
        "decision",
        (("next", "n", "next", "Next action."), ("previous", "N", "previous", "Previous action.")),
    ),
    *_keys(
        "diff",
        (
            *_SEARCH,
            ("next_file", "right_square_bracket", "next file", "Next file."),
            ("previous_file", "left_square_bracket", "previous file", "Previous file."),
            ("seen", "space", "seen", "Mark the file as seen and go on to the next."),
            ("layout", "s", "side by side", "Side by side or unified."),
            ("blanks", "b", "no blanks", "Leave out lines that differ in blanks only, or show them again."),
            ("wrap", "z", "wrap", "Wrap long lines, or cut them; left and right scroll in cut ones."),
            ("promote", "P", "promote", "Bring the work into the repository: gate, preview, credential."),
            ("reject", "r", "reject", "Reject the work, with a reason."),
        ),
    ),
    *_keys(
        "timeline",
        (
            ("diff", "d", "diff", "What the selected checkpoint changed, or what lies between the marked ones."),
            ("since", "D", "since then", "Everything that changed from the selected checkpoint until now."),
            ("mark", "space", "mark", "Mark a checkpoint: d shows what lies between two."),
            ("rollback", "R", "roll back", "Go back to the selected checkpoint, after showing what that takes back."),
            ("undo", "u", "bring back", "Bring the selected trash back, or what was thrown away last."),
            ("pause", "p", "pause", "Pause after the current step, or go on; what waits for a model tries again."),
            ("log", "l", "log", "Everything that happened, newest last."),
            *_SEARCH,
        ),
    ),
    *_keys(
        "promote",
        (
            ("proceed", "enter", "go on", "Go on: to the credential, then to the promotion."),
            ("allow", "space", "allow", "Allow the selected special path by name, or take that back."),
            ("diff", "d", "diff", "See once more what would be promoted."),
            ("undo", "u", "undo", "Take the promotion back, after the credential."),
        ),
    ),
    *_keys(
        "log",
        (
            *_SEARCH,
            ("percent", "percent_sign", "percent", "Go to a place in the whole log: 0 is its beginning, 100 its end."),
            ("wrap", "W", "wrap", "Show long lines whole, or cut."),
        ),
    ),
    *_keys(
        "settings",
        (
            ("unset", "x,delete", "default", "Take the setting out of the file: the default holds again."),
            ("undo", "u", "undo", "Take the last change made here back."),
            *_SEARCH,
        ),
    ),
    *_keys(
        "batch",
        (
            ("yes", "y", "approve", "Approve everything that the list shows."),
            ("submit", "enter", "reject", "Reject everything that the list shows, for the reason that was given."),
            ("leave", "escape", "leave", "Leave everything as it is."),
        ),
    ),
    *_keys(
        "edit",
        (
            ("save", "ctrl+s", "go on", "See what the gate says of what was written."),
            ("leave", "escape", "leave", "Leave everything as it is."),
        ),
    ),
    *_keys(
        "reach",
        (
            ("yes", "y", "allow", "Approve it, and allow what the rule says."),
            ("edit", "e", "change rule", "Write another rule, such as run(pytest *)."),
            ("leave", "escape", "leave", "Leave everything as it is."),
        ),
    ),
    *_keys("confirm", (("yes", "y", "yes", "Do it."), ("no", "n", "no", "Leave everything as it is."))),
    *_keys("form", (("submit", "enter", "go on", "Take what was entered."), ("leave", "escape", "leave", "Leave."))),
    *_keys(
        "say",
        (
            ("send", "enter", "send", "Send what was written."),
            ("new_line", "ctrl+j", "new line", "Go on in a new line."),
            ("leave", "escape", "leave", "Say nothing."),
        ),
    ),
    *_keys(
        "task",
        (
            ("save", "ctrl+s", "save", "Take what was entered."),
            *_FIELDS,
            ("leave", "escape", "leave", "Leave everything as it is."),
        ),
    ),
    *_keys(
        "pick",
        (
            ("take", "enter", "take", "Take the selected one, or all that are marked."),
            ("mark", "space", "mark", "Mark, or take the mark away."),
            ("leave", "escape", "leave", "Leave everything as it is."),
        ),
    ),
    *_keys("search", (("submit", "enter", "search", "Go to the first match."), ("leave", "escape", "close", "Close."))),
    *_keys(
        "palette",
        (
            ("down", "down", "down", "Next command."),
            ("up", "up", "up", "Previous command."),
            ("run", "enter", "run", "Run the selected command."),
            ("leave", "escape", "close", "Close."),
        ),
    ),
)

BY_ID = {key.id: key for key in CATALOGUE}


def view_keys(view: str) -> tuple[Key, ...]:
    """The catalogue's entries of one view, in order."""
    return tuple(key for key in CATALOGUE if key.view == view)

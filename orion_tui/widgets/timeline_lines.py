"""One checkpoint or piece of trash in full, and what going back does, as lines."""

from orion_tui.bridge.diff_port import FileChange
from orion_tui.bridge.timeline_port import MomentView, ReturnView, TrashView
from orion_tui.core.models.so_far import SoFar
from orion_tui.themes import Glyphs
from orion_tui.widgets.budget import amount
from orion_tui.widgets.cells import Part, fit_path, width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.file_list import change, counts
from orion_tui.widgets.status import session_mark, sign, task_mark
from orion_tui.widgets.times import age, count, moment, worked


def moment_lines(row: MomentView, width: int, glyphs: Glyphs, now: float, *, here: bool) -> list[DocLine]:
    """Why it was made, when, what had been used by then, where it stands, and what it changed."""
    lines = [of((piece, "strong")) for piece in wrap(row.reason, width, glyphs)]
    if row.task and row.task not in row.reason:
        lines += [of(("task ", "faint"), (row.task, "muted"))]
    lines.append(
        of(("made ", "faint"), (f"{moment(row.at, now)}, {age(now - row.at)}", "muted"),
           ("   commit ", "faint"), (row.commit[:10], "muted"))
    )  # fmt: skip
    if row.so_far is not None:
        lines += _used(row.so_far, width, glyphs)
    if here:
        lines.append(of((f"{glyphs.running} ", "accent"), ("the session stands here", "muted")))
    if row.inside:
        text = "inside a task: going back to it lets the finished steps count; the branch gets them with the whole task"
        lines += [
            of((f"{glyphs.waiting} " if n == 0 else "  ", "muted"), (piece, "muted"))
            for n, piece in enumerate(wrap(text, width - 2, glyphs))
        ]
    return [*lines, BLANK, *_files(row.files, width, glyphs, "Nothing changed since the checkpoint before.")]


def _used(so_far: SoFar, width: int, glyphs: Glyphs) -> list[DocLine]:
    """`by then worked 1h12, 84k tokens, $0.47`; without tokens nothing was asked, and nothing is said of dollars."""
    parts = [f"worked {worked(so_far.worked)}"]
    if so_far.tokens:
        dollars = f"${so_far.cost_usd:.2f}" + (" and what has no price" if so_far.unpriced else "")
        priced = so_far.cost_usd or not so_far.unpriced
        parts += [f"{amount(so_far.tokens)} tokens", dollars if priced else "no price known"]
    head = "by then "
    return [
        of((head if n == 0 else " " * len(head), "faint"), (piece, "muted"))
        for n, piece in enumerate(wrap(", ".join(parts), width - len(head), glyphs))
    ]


def trash_lines(row: TrashView, width: int, glyphs: Glyphs, now: float) -> list[DocLine]:
    """What it holds, how long it is kept, and what would change if it came back."""
    lines = [of((piece, "strong")) for piece in wrap(row.summary, width, glyphs)]
    lines += [
        of(("thrown away ", "faint"), (f"{moment(row.at, now)}, {age(now - row.at)}", "muted")),
        of(
            ("kept until ", "faint"),
            (moment(row.until, now), "muted"),
            ("   commit ", "faint"),
            (row.commit[:10], "muted"),
        ),
        BLANK,
        of(("What changes when it comes back:", "muted")),
    ]
    return [*lines, *_files(row.files, width, glyphs, "No file; tasks and questions alone.")]


def _files(files: tuple[FileChange, ...], width: int, glyphs: Glyphs, nothing: str) -> list[DocLine]:
    if not files:
        return [of((nothing, "muted"))]
    added, removed = sum(f.added or 0 for f in files), sum(f.removed or 0 for f in files)
    figures: list[Part] = [(f"+{added:,}", "good")] if added else []
    figures += [(f" -{removed:,}", "bad")] if removed else []
    total = of((count(len(files), "file"), "muted"), right=tuple(figures))
    return [*(_file(file, width, glyphs) for file in files), total]


def _file(file: FileChange, width: int, glyphs: Glyphs) -> DocLine:
    right = counts(file)
    room = width - 2 - sum(width_of(text, glyphs) for text, _ in right)
    return of(
        change(file),
        (fit_path(file.path, room, glyphs), "text"),
        right=right,
    )


def rollback_lines(view: ReturnView, width: int, height: int, glyphs: Glyphs) -> list[DocLine]:
    """What going back to a checkpoint takes back, in at most `height` lines."""
    lines = [of((view.name, "strong"), (f"  {view.reason}", "text"))]
    rest: list[DocLine] = []
    if view.steps:
        verb = "counts" if view.steps == 1 else "count"
        rest.append(of((f"{count(view.steps, 'step')} no longer {verb}; the log keeps them", "muted")))
    rest += [of((f"{glyphs.waiting} ", "warn"), (f"withdrawn: {text}", "muted")) for text in view.questions[:2]]
    if len(view.questions) > 2:
        rest.append(of((f"  and {len(view.questions) - 2} more questions", "muted")))
    kept = ", ".join(view.checkpoints[:3]) + (
        f" and {len(view.checkpoints) - 3} more" if len(view.checkpoints) > 3 else ""
    )
    what = f" with {kept}" if kept else ""
    rest += [
        of((f"{glyphs.undone} " if n == 0 else "  ", "warn"), (piece, "muted"))
        for n, piece in enumerate(wrap(f"goes to the trash{what}: u brings it back for 30 days", width - 2, glyphs))
    ]
    words = "loses this" if len(view.files) == 1 else "lose this"
    return _fill(lines, _tasks(view, glyphs), view, rest, width, height, glyphs, words)


def restore_lines(view: ReturnView, width: int, height: int, glyphs: Glyphs) -> list[DocLine]:
    """What bringing something back changes, in at most `height` lines."""
    lines = [of((piece, "strong")) for piece in wrap(view.reason, width, glyphs)]
    mark, word, style = session_mark(view.state)
    rest = [of(("the session will be ", "muted"), (f"{sign(glyphs, mark)} {word}", style))]
    if view.checkpoints or view.steps:
        names = f" ({', '.join(view.checkpoints[:3])})" if view.checkpoints else ""
        text = f"what was done since{names} goes to the trash in its place"
        rest += [of((piece, "muted")) for piece in wrap(text, width, glyphs)]
    words = "changes" if len(view.files) == 1 else "change"
    return _fill(lines, [], view, rest, width, height, glyphs, words)


def _tasks(view: ReturnView, glyphs: Glyphs) -> list[DocLine]:
    lines: list[DocLine] = []
    for task in view.tasks:
        (before, _, style), (after, word, _) = task_mark(task.before), task_mark(task.after)
        kept = f"  after {count(task.kept, 'finished step')}" if task.kept else ""
        lines.append(
            of((f"{sign(glyphs, before)} ", style), (f"{glyphs.arrow} {sign(glyphs, after)} {word}  ", "muted"),
               (task.title, "text"), (kept, "muted"))
        )  # fmt: skip
    return lines


def _fill(
    head: list[DocLine],
    tasks: list[DocLine],
    view: ReturnView,
    tail: list[DocLine],
    width: int,
    height: int,
    glyphs: Glyphs,
    file_words: str,
) -> list[DocLine]:
    """Head, tasks, files, tail; tasks and files share what is left, and say how many are not shown."""
    files = [_file(file, width, glyphs) for file in view.files]
    room = max(4, height - len(head) - len(tail) - 2 - (2 if tasks else 0) - (2 if files else 0))
    for_tasks = min(len(tasks), max(room // 2, room - len(files)))
    lines = list(head)
    if tasks:
        noun = "task goes" if len(tasks) == 1 else "tasks go"
        lines += [BLANK, of((f"{len(tasks)} {noun} back", "muted")), *_cut(tasks, for_tasks, "task")]
    if files:
        lines += [BLANK, of((f"{count(len(files), 'file')} {file_words}", "muted"))]
        lines += _cut(files, max(2, room - for_tasks), "file")
    else:
        lines += [BLANK, of(("no file changes", "muted"))]
    return [*lines, BLANK, *tail]


def _cut(lines: list[DocLine], room: int, noun: str) -> list[DocLine]:
    if len(lines) <= room:
        return lines
    more: Part = (f"  and {count(len(lines) - room + 1, f'more {noun}')}", "muted")
    return [*lines[: room - 1], of(more)]

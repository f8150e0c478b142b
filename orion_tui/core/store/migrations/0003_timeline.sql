-- What a session can be taken back to, and what was taken back.

-- A checkpoint inside a task: the commit that the branch stays on meanwhile, for a task lands whole or not at all.
ALTER TABLE checkpoints ADD COLUMN onto TEXT NOT NULL DEFAULT '';

-- How the tasks stood at a checkpoint: {task id: {column: value}}. Apart, for lists of checkpoints do not need it.
CREATE TABLE checkpoint_states (
    session_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    tasks TEXT NOT NULL,
    PRIMARY KEY (session_id, number),
    FOREIGN KEY (session_id, number) REFERENCES checkpoints (session_id, number) ON DELETE CASCADE
) WITHOUT ROWID;

-- A number is given once, whatever became of the checkpoint that had it: `cp-0005` in a log means one thing for ever.
CREATE TABLE checkpoint_numbers (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    next INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO checkpoint_numbers (session_id, next)
    SELECT session_id, max(number) + 1 FROM checkpoints GROUP BY session_id;

-- Work that was taken back, whole, until it is restored or purged. `line` is what comes back with it.
CREATE TABLE trash (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    checkpoint INTEGER NOT NULL,
    step INTEGER NOT NULL,
    line TEXT NOT NULL,
    summary TEXT NOT NULL,
    created_at REAL NOT NULL,
    gone_at REAL,
    gone TEXT NOT NULL,
    UNIQUE (session_id, name)
);
CREATE INDEX trash_in_it ON trash (session_id, id) WHERE gone = '';

-- Steps that happened and no longer count. They stay in the step log; `trash` is the entry that would bring them back.
CREATE TABLE step_voids (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    trash INTEGER NOT NULL,
    PRIMARY KEY (session_id, first)
) WITHOUT ROWID;

-- The journal of branches that have to follow what the store says already. Empty but for the moment of a move.
CREATE TABLE ref_moves (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ref TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL
);

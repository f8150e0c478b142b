-- Columns follow core/models one to one. JSON columns hold compact ASCII JSON. Times are seconds since the epoch.
-- Text that may hold undecodable bytes (paths, branch names) is kept as a BLOB where it is not UTF-8.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE policies (
    hash TEXT PRIMARY KEY,
    json TEXT NOT NULL
) WITHOUT ROWID;

-- No foreign key: events outlive their session, and the supervisor's own have none.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    session_id TEXT NOT NULL,
    type TEXT NOT NULL,
    actor TEXT NOT NULL,
    data TEXT NOT NULL,
    policy TEXT NOT NULL
);
-- A seq is never given twice: the next one is the newest plus one, and the newest stays. (AUTOINCREMENT would write one
-- page more with every commit.)
CREATE TRIGGER events_keep_newest BEFORE DELETE ON events WHEN OLD.seq = (SELECT max(seq) FROM events)
BEGIN
    SELECT RAISE(ABORT, 'the newest event is never deleted: its seq would be given again');
END;
-- Which stretches of 256 events hold events of a session. A full index on (session_id, seq) would write a page of each
-- session with every commit; this one is written once in a stretch.
CREATE TABLE event_blocks (
    session_id TEXT NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (session_id, block)
) WITHOUT ROWID;
CREATE TRIGGER events_block AFTER INSERT ON events
BEGIN
    INSERT INTO event_blocks (session_id, block) VALUES (NEW.session_id, NEW.seq >> 8) ON CONFLICT DO NOTHING;
END;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    goal TEXT NOT NULL,
    role TEXT NOT NULL,
    policy TEXT NOT NULL REFERENCES policies (hash),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    base_commit TEXT NOT NULL,
    base_branch TEXT NOT NULL,
    snapshot TEXT,
    backend TEXT NOT NULL,
    backend_lacks TEXT NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    running_seconds REAL NOT NULL,
    cost_usd REAL NOT NULL,
    tokens INTEGER NOT NULL,
    tasks_total INTEGER NOT NULL,
    tasks_done INTEGER NOT NULL,
    control TEXT NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until REAL NOT NULL,
    fence INTEGER NOT NULL
);
CREATE INDEX sessions_by_age ON sessions (created_at, id);
CREATE INDEX sessions_by_state ON sessions (state, created_at, id);
-- RUN-2: one active session a workspace, whoever asks.
CREATE UNIQUE INDEX sessions_active ON sessions (workspace)
    WHERE state IN ('created', 'planning', 'awaiting_plan_approval', 'running', 'waiting', 'paused', 'interrupted');
-- What a supervisor looks through for work: stays small however many sessions have ended.
CREATE INDEX sessions_claimable ON sessions (created_at, id)
    WHERE state IN ('created', 'planning', 'running', 'interrupted', 'waiting');

CREATE TABLE plans (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    json TEXT NOT NULL
);

CREATE TABLE tasks (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    tier TEXT NOT NULL,
    needs TEXT NOT NULL,
    confidence REAL NOT NULL,
    estimate_seconds REAL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    checked TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at REAL,
    finished_at REAL,
    PRIMARY KEY (session_id, id)
);
CREATE INDEX tasks_in_order ON tasks (session_id, position);
CREATE INDEX tasks_by_status ON tasks (session_id, status);

-- A step is written twice, as two rows that only ever get appended: growing a row would move its neighbours.
CREATE TABLE steps (
    key INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    action TEXT NOT NULL,
    decision TEXT NOT NULL,
    started_at REAL NOT NULL,
    UNIQUE (session_id, n)
);
-- A step is done when its result is here; the key makes a second result impossible.
CREATE TABLE step_results (
    step INTEGER PRIMARY KEY REFERENCES steps (key) ON DELETE CASCADE,
    result TEXT NOT NULL,
    delta BLOB,
    finished_at REAL NOT NULL
);
CREATE VIEW step_log AS
SELECT
    session_id, n, task_id, attempt, "index", iif(step IS NULL, 'started', 'done') AS status,
    action, decision, result, delta, started_at, finished_at
FROM steps LEFT JOIN step_results ON step = key;

CREATE TABLE approvals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    task_id TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    status TEXT NOT NULL,
    binding TEXT NOT NULL,
    card TEXT NOT NULL,
    created_at REAL NOT NULL,
    answered_at REAL,
    lapses_at REAL,
    answer_reason TEXT NOT NULL,
    used_at REAL
);
CREATE INDEX approvals_pending ON approvals (number) WHERE status = 'pending';
CREATE INDEX approvals_pending_of_session ON approvals (session_id, number) WHERE status = 'pending';
CREATE INDEX approvals_by_task ON approvals (session_id, task_id, number);

CREATE TABLE checkpoints (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    "commit" TEXT NOT NULL,
    tree TEXT NOT NULL,
    step INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (session_id, number)
);

CREATE TABLE promotions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    target_ref TEXT NOT NULL,
    old_tip TEXT NOT NULL,
    merge_commit TEXT NOT NULL,
    accepted_tree TEXT NOT NULL,
    journal TEXT NOT NULL,
    created_at REAL NOT NULL,
    finished_at REAL,
    undo_commit TEXT
);
CREATE INDEX promotions_by_session ON promotions (session_id, id);
CREATE INDEX promotions_unfinished ON promotions (id) WHERE state NOT IN ('committed', 'undone', 'aborted');

CREATE TABLE auth_counters (
    key TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    locks INTEGER NOT NULL,
    locked_until_mono REAL NOT NULL,
    locked_until_wall REAL NOT NULL,
    boot_id TEXT NOT NULL,
    last_step INTEGER NOT NULL
) WITHOUT ROWID;

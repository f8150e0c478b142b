-- Work by language models: which ones, at what cost, under which plan.

-- {"plan": "provider/name", "work": "provider/name"}; empty for a playbook, which needs none.
ALTER TABLE sessions ADD COLUMN models TEXT NOT NULL DEFAULT '{}';
-- What the person set for this session in place of the role's limits: {"cost_usd": 10.0, "tokens": 4000000, "hours": 12}.
ALTER TABLE sessions ADD COLUMN budget TEXT NOT NULL DEFAULT '{}';
-- Whether the person wants to see the plan before anything is done.
ALTER TABLE sessions ADD COLUMN review_plan INTEGER NOT NULL DEFAULT 0;
-- Which warnings of the budget were given, comma-separated.
ALTER TABLE sessions ADD COLUMN warned TEXT NOT NULL DEFAULT '';

ALTER TABLE tasks ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN cost_usd REAL NOT NULL DEFAULT 0;

-- Failures and doubts of tasks that ended up to then count for no stop: the person has said to go on all the same.
ALTER TABLE sessions ADD COLUMN counted_from REAL;

-- The model's own id of the tool call that a step carries out.
ALTER TABLE steps ADD COLUMN call TEXT NOT NULL DEFAULT '';
DROP VIEW step_log;
CREATE VIEW step_log AS
SELECT
    session_id, n, task_id, attempt, "index", iif(step IS NULL, 'started', 'done') AS status,
    action, decision, result, delta, started_at, finished_at, call
FROM steps LEFT JOIN step_results ON step = key;

-- Every plan that a session ever had, and every edit of one. `parent` is what it was made from, 0 for none.
CREATE TABLE plan_versions (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    json TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (session_id, version)
);
INSERT INTO plan_versions (session_id, version, parent, author, note, json, created_at)
    SELECT p.session_id, p.version, 0, 'user', 'as submitted', p.json, s.created_at
    FROM plans p JOIN sessions s ON s.id = p.session_id;

-- The version that a person looks at and may change. `base` is the version in force that it would take the place of.
CREATE TABLE plan_drafts (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    base INTEGER NOT NULL,
    -- What the person said when it was sent back; empty where it was not.
    comment TEXT NOT NULL
) WITHOUT ROWID;

-- Which plan was in force at a checkpoint.
ALTER TABLE checkpoint_states ADD COLUMN plan INTEGER NOT NULL DEFAULT 1;

-- What a person says to the agent while it works. `taken_at` is when it was put into the conversation.
CREATE TABLE hints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at REAL NOT NULL,
    taken_at REAL
);
CREATE INDEX hints_open ON hints (session_id, id) WHERE taken_at IS NULL;

-- What became of each task: what estimates and measured confidence are made of.
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    task_id TEXT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    confidence REAL NOT NULL,
    estimated_seconds REAL,
    actual_seconds REAL NOT NULL,
    tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    -- 1 when the person took the work over, 0 when it was turned down, NULL while nobody has said.
    accepted INTEGER,
    created_at REAL NOT NULL
);
CREATE INDEX outcomes_alike ON outcomes (role, kind, id);
CREATE INDEX outcomes_of_session ON outcomes (session_id);

-- What questions to a person have in common, what a person made of one, and what was allowed for more than once.

-- Kind and shape of what is asked ("add_dependency pip install"): the queue is grouped by it, and earlier answers to
-- the like are found by it. Questions from before have none.
ALTER TABLE approvals ADD COLUMN alike TEXT NOT NULL DEFAULT '';
CREATE INDEX approvals_alike ON approvals (alike, number) WHERE alike <> '';

-- The action of a question in a form that a person can change, and what they changed it to. Beside the questions, for
-- it may be a whole file, and the queue is read often.
CREATE TABLE approval_actions (
    approval_id TEXT PRIMARY KEY REFERENCES approvals (id) ON DELETE CASCADE,
    asked TEXT NOT NULL,
    edited TEXT
);

-- What a person allowed a role from one of its sessions on. It holds for as long as the role's authority is the one that
-- it was given under (`basis`): whoever changes that has not agreed to what lies on top of it.
CREATE TABLE role_reach (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    role TEXT NOT NULL,
    basis TEXT NOT NULL,
    rules TEXT NOT NULL,
    session_id TEXT NOT NULL,
    granted_at REAL NOT NULL,
    revoked_at REAL
);
CREATE INDEX role_reach_in_force ON role_reach (role, id) WHERE revoked_at IS NULL;

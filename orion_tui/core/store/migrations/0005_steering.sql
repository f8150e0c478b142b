-- What holds a session up, what a person refused, and what counts, all known from the store alone.

-- When a session goes on by itself that stopped for a while, in seconds since the epoch; 0 for at once. Written with its
-- state, so that no process can end between the two; a lease that is given back or lost holds nobody up longer.
ALTER TABLE sessions ADD COLUMN due_at REAL NOT NULL DEFAULT 0;
-- Up to now the lease that was given back had that time.
UPDATE sessions SET due_at = lease_until
WHERE lease_owner = '' AND lease_until > 0 AND state IN ('waiting', 'interrupted');

-- Failures and doubts of tasks up to this event count for no stop: the person has said to go on all the same. An event
-- and not a moment, as it was: clocks go back, and two things happen in one moment.
ALTER TABLE sessions RENAME COLUMN counted_from TO counted_at;
ALTER TABLE sessions ADD COLUMN counted_from INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET counted_from = coalesce(
    (SELECT max(seq) FROM events WHERE session_id = sessions.id AND at <= counted_at), 0
) WHERE counted_at IS NOT NULL;
ALTER TABLE sessions DROP COLUMN counted_at;

-- 1 for an acceptance check of the plan: that no id of a call, which is the model's to choose, can make of it. Up to now
-- they were the actions that a model's tasks did without a call.
ALTER TABLE steps ADD COLUMN acceptance INTEGER NOT NULL DEFAULT 0;
UPDATE steps SET acceptance = 1
WHERE call = ''
    AND json_extract(action, '$.do') NOT IN ('AskModel', 'Opening', 'Compaction', 'Hint', 'PlanDecision')
    AND task_id <> ''
    AND session_id IN (SELECT id FROM sessions WHERE models <> '{}');
DROP VIEW step_log;
CREATE VIEW step_log AS
SELECT
    session_id, n, task_id, attempt, "index", iif(step IS NULL, 'started', 'done') AS status,
    action, decision, result, delta, started_at, finished_at, call, acceptance
FROM steps LEFT JOIN step_results ON step = key;

-- Whether the person said no: that stays known when the question is asked again for another attempt.
ALTER TABLE approvals ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
UPDATE approvals SET refused = 1 WHERE status = 'rejected';

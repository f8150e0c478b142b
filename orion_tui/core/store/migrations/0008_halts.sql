-- What a session lacks that Orion stopped, as a word that is decided by; up to now that was read from its reason.
ALTER TABLE sessions ADD COLUMN halt TEXT NOT NULL DEFAULT '';
UPDATE sessions SET halt = CASE
    WHEN state = 'paused' AND substr(reason, -length('then: orion resume ' || id)) = 'then: orion resume ' || id
        THEN 'person'
    WHEN state = 'waiting' AND due_at > 0 AND reason LIKE 'outside working hours%' THEN 'hours'
    WHEN state = 'waiting' AND due_at > 0 AND reason LIKE '%asks again at%' THEN 'model'
    WHEN state = 'interrupted' AND due_at > 0 AND reason LIKE 'no sandbox can be had%' THEN 'sandbox'
    ELSE ''
END
WHERE state IN ('paused', 'waiting', 'interrupted');

-- How many sessions are in each state, kept with every change: each snapshot of the application shows it, and counting ten
-- thousand of them each time would cost more than all the rest.
CREATE TABLE session_counts (
    state TEXT PRIMARY KEY,
    sessions INTEGER NOT NULL,
    -- Of them, those with a task that was done: something to look at and to take.
    worked INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO session_counts (state, sessions, worked)
    SELECT state, count(*), sum(tasks_done > 0) FROM sessions GROUP BY state;
CREATE TRIGGER sessions_counted_in AFTER INSERT ON sessions
BEGIN
    INSERT INTO session_counts (state, sessions, worked) VALUES (NEW.state, 1, NEW.tasks_done > 0)
        ON CONFLICT (state) DO UPDATE SET sessions = sessions + 1, worked = worked + excluded.worked;
END;
CREATE TRIGGER sessions_counted_out AFTER DELETE ON sessions
BEGIN
    UPDATE session_counts SET sessions = sessions - 1, worked = worked - (OLD.tasks_done > 0) WHERE state = OLD.state;
END;
CREATE TRIGGER sessions_counted_on AFTER UPDATE OF state, tasks_done ON sessions
WHEN NEW.state <> OLD.state OR (NEW.tasks_done > 0) <> (OLD.tasks_done > 0)
BEGIN
    UPDATE session_counts SET sessions = sessions - 1, worked = worked - (OLD.tasks_done > 0) WHERE state = OLD.state;
    INSERT INTO session_counts (state, sessions, worked) VALUES (NEW.state, 1, NEW.tasks_done > 0)
        ON CONFLICT (state) DO UPDATE SET sessions = sessions + 1, worked = worked + excluded.worked;
END;

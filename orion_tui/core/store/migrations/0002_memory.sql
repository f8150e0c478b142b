-- What a session's sandbox gets after something in it ran out of memory; 0 as its role says.
ALTER TABLE sessions ADD COLUMN memory_bytes INTEGER NOT NULL DEFAULT 0;

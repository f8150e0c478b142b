"""Where a session can be taken back to: checkpoints, rollback, the trash, and how long each is kept."""

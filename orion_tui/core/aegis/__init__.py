"""The policy core: pure decisions that no role, model or repository content can weaken."""

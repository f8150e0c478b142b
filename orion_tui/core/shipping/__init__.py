"""From finished work to the user's branch and back: checks, gate, authentication, promotion, undo, recovery."""

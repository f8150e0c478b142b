"""Between screens and engine: what a screen may ask, the threads that answer, and what they answer with.

Reads run in one owned thread that follows the store's `data_version`; commands run in another; slow looks (a diff, a
preview of a promotion) in a third. All results come back as messages in the past tense. The UI thread never waits.
"""

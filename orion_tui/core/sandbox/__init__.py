"""Where work runs: contained, measured from inside, reached over one channel."""

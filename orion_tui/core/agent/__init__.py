"""Language models at work: the port to them, and everything that is asked of one."""

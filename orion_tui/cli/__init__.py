"""The command line: the engine without a screen. One file a group of commands, loaded when it is called."""

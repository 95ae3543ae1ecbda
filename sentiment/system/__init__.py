"""The machine: state on disk, processes, the framework of commands, parallel calls, background work."""

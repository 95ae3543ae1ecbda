"""The machine: state on disk, processes, the frame of a command, many calls at once, work in a thread."""

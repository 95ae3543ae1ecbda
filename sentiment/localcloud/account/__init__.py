"""The account of the local cloud: identities, functions, schedules, logs, prices and faults."""

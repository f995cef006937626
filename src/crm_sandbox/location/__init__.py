"""The location as a pure state machine: no HTTP, no waiting; it validates, computes and returns events."""

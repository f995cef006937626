"""One QuickBooks Online company as a pure, synchronous state machine: no HTTP, no event loop, no files."""

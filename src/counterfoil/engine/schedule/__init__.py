"""Who runs when. `port` is what the rest of the engine knows; each adapter keeps the same contract (tests/contracts)."""

"""The verbs of a change, in the order in which things happen; `run` starts and stops them."""

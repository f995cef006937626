"""The whole neighbourhood in one process: product and both stand-ins, on virtual time, over HTTP."""

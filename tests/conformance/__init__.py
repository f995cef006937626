"""Stages for the public conformance checks, and the judge of our connector's requests."""

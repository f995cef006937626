"""The pages that a person can look at."""

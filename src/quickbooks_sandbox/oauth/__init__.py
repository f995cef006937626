"""Intuit's OAuth 2 (reference 2)."""

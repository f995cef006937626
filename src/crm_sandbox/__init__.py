"""A stand-in for one HighLevel location: its public API, its webhooks, and the business that happens in it."""

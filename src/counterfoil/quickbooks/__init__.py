"""The QuickBooks bank: entities with Intuit's own member names, and the HTTP API."""

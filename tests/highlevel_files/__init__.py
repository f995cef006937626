"""HighLevel's own OpenAPI files as a judge of requests and answers; see `judge`."""

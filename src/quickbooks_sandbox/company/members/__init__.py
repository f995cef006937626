"""Which members each entity has, of which type and length (from Intuit's schema, reference 14 and 21)."""

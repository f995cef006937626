"""QuickBooks → CRM: contacts (R50-R54)."""

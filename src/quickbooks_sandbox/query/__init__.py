"""QuickBooks' query language: text to statement to answer (reference 6)."""

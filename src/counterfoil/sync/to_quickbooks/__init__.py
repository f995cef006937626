"""CRM → QuickBooks: customers, items, invoices and their payments, sales receipts (R10-R40)."""

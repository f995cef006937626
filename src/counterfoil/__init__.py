"""Counterfoil keeps a CRM and QuickBooks Online in agreement."""

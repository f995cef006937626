"""QuickBooks Online over HTTP: log-in, one authorised request within the quota, reading, writing, queries, changes.

Everything here belongs to one connection or is pure; nothing is kept in a module. Numbers in comments such as
"reference 14.6" are sections of our QuickBooks Online reference.
"""

from counterfoil.quickbooks.api import (
    addresses,
    batch,
    changes,
    client,
    faults,
    limits,
    oauth,
    query,
    reading,
    webhooks,
    writing,
)
from counterfoil.quickbooks.api.addresses import Addresses
from counterfoil.quickbooks.api.client import Client, Exchange
from counterfoil.quickbooks.api.limits import Quota
from counterfoil.quickbooks.api.oauth import App, OAuth, Tokens

__all__ = [
    "Addresses",
    "App",
    "Client",
    "Exchange",
    "OAuth",
    "Quota",
    "Tokens",
    "addresses",
    "batch",
    "changes",
    "client",
    "faults",
    "limits",
    "oauth",
    "query",
    "reading",
    "webhooks",
    "writing",
]

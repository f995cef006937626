"""HighLevel as a CRM bank: log-in, one authorised request within the quota, reading, writing, webhooks.

Everything here belongs to one connection or is pure; nothing is kept in a module. Numbers in comments such as
"reference 3.2" are sections of our HighLevel reference.
"""

"""The CRM bank: neutral records, the port that any CRM must satisfy, and one folder per CRM."""

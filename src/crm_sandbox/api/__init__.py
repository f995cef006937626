"""The imitated API over HTTP: the gate every call passes, and the operations behind it."""

"""The faces that speak HTTP: webhooks, log-ins, pages and the operator's API. Only this folder knows the web framework."""

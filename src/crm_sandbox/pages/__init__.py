"""The small CRM in the browser, the pages that its customers see, and the consent page. Rendered here, no script needed.

The one script is the host's side of the custom page (reference 13.2), which cannot be done without.
"""

"""All pages of the company site, in the order in which their addresses are tried."""

from __future__ import annotations

from collections.abc import Mapping

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.oauth.grants import Grants
from quickbooks_sandbox.pages import (
    app_pages,
    book_pages,
    customer_pages,
    document_pages,
    overview,
    payment_forms,
    sale_forms,
)
from quickbooks_sandbox.pages.rendering import Pages
from quickbooks_sandbox.pages.site import Site


def company_site(companies: Mapping[str, Company], grants: Grants, pages: Pages) -> Site:
    """The site of some companies (by realm); forms come before documents, as ``new`` would be taken for an id."""
    rows = [
        *overview.rows(),
        *customer_pages.rows(),
        *sale_forms.rows(),
        *payment_forms.rows(),
        *document_pages.all_rows(),
        *book_pages.rows(),
        *app_pages.rows(),
    ]
    return Site(companies, grants, pages, rows)

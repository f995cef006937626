"""The answer of the token call (reference 2.3): four classic members in snake case, the others in camel case.

In v3 all of them are in camel case (reference 1.3).
"""

from __future__ import annotations

from typing import Any

from crm_sandbox.api.operations import V3
from crm_sandbox.service import Service
from crm_sandbox.tokens import Pair

_V3_NAMES = {
    "access_token": "accessToken",
    "token_type": "tokenType",
    "expires_in": "expiresIn",
    "refresh_token": "refreshToken",
}


def of(pair: Pair, service: Service, trace_id: str, version: str) -> dict[str, Any]:
    """The body for a fresh pair. An agency's has no locationId but says for which locations it is good."""
    state = service.location.state
    body: dict[str, Any] = {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": pair.seconds,
        "refresh_token": pair.refresh_token,
        "scope": pair.scope,
        "refreshTokenId": pair.refresh_token_id,
        "userType": pair.level,
        "companyId": state.company_id,
        "isBulkInstallation": pair.level == "Company",
        "userId": state.user_id,
        "planId": service.tokens.state.plan_id,
        "traceId": trace_id,
    }
    if pair.level == "Location":
        body["locationId"] = state.location_id
    else:
        body |= {
            "approvedLocations": [
                state.location_id,
                *(each.id for each in service.tokens.state.siblings),
            ],
            "installToFutureLocations": False,
            "approveAllLocations": False,
        }
    return {_V3_NAMES.get(name, name): value for name, value in body.items()} if version == V3 else body

"""Bearer tokens: minted here with the target's secret, for runs in which signing in is not the subject."""

import os
import time
from uuid import UUID

import jwt

ALGORITHM = "HS256"
ISSUER = "stampede"
LIFETIME_S = 2 * 3600


def mint_token(subject: UUID, audience: str) -> str:
    """A token like the target's own.

    Raises:
        RuntimeError: JWT_SECRET is not set.
    """
    secret = os.environ.get("JWT_SECRET")
    if not secret:
        raise RuntimeError("--auth mint needs JWT_SECRET, the target's own; or use --auth login")
    now = int(time.time())
    claims = {"sub": str(subject), "iss": ISSUER, "aud": audience, "iat": now, "exp": now + LIFETIME_S}
    return jwt.encode(claims, secret, ALGORITHM)

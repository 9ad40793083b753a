"""Everything that can be set from outside, read once from the environment."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Locking: TypeAlias = Literal[
    "row_lock",
    "atomic",
    "advisory_lock",
    "serializable",
    "optimistic",
    "batched",
    "none",
    "redis_only",
    "snapshot",
    "early_unlock",
]
Answers: TypeAlias = Literal["truthful", "false_refusal", "stale_answer", "swapped_answer", "early_answer"]


def _split(keys: object) -> object:
    return [key for part in keys.split(",") if (key := part.strip())] if isinstance(keys, str) else keys


class Settings(BaseSettings):
    """Settings of the target; each field is the environment variable of the same name.

    Raises:
        pydantic.ValidationError: a variable is missing or out of range.
    """

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    database_url: SecretStr
    redis_url: SecretStr
    jwt_secret: Annotated[SecretStr, Field(min_length=32)]
    jwt_ttl_minutes: Annotated[int, Field(ge=1)] = 120
    jwt_refresh_ttl_minutes: Annotated[int, Field(ge=1)] = 43200
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = ()
    password_cost: Annotated[int, Field(ge=4, le=16)] = 6
    locking: Locking = "row_lock"
    answers: Answers = "truthful"
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535)] = 8500
    api_workers: Annotated[int, Field(ge=1)] = 2
    database_connections: Annotated[int, Field(ge=1)] = 8
    request_timeout_s: Annotated[float, Field(gt=0)] = 8.0
    slow_request_s: Annotated[float, Field(gt=0)] = 1.0
    cache_ttl_s: Annotated[int, Field(ge=1)] = 5

    @property
    def connections_per_process(self) -> int:
        """Few connections beat many on a hot row; the total is shared by the processes."""
        return max(1, self.database_connections // self.api_workers)

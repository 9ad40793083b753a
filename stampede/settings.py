"""Everything that can be set from outside: the environment, then `.env`, which is made where it is missing."""

import os
import subprocess
from pathlib import Path
from typing import Annotated, Literal

from dotenv import load_dotenv
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from stampede.errors import StampedeError

ROOT = Path(__file__).resolve().parent.parent

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Settings of the lab; each field is the environment variable of the same name (see .env.example)."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    stack: Literal["local", "compose"] = "local"
    postgres_password: str = ""
    redis_password: str = ""
    jwt_secret: str = ""
    locking: str = "row_lock"
    api_workers: Annotated[int, Field(ge=1)] = 2
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    locustfile: Path = Path("locustfiles/all_tests.py")
    api_port: Port = 8500
    web_port: Port = 8585
    locust_port: Port = 8557
    postgres_port: Port = 8532
    database_proxy_port: Port = 8533
    database_delay_ms: Annotated[float, Field(ge=0)] = 0
    redis_port: Port = 8579
    target_url: str
    locust_url: str
    database_url: str
    redis_url: str
    postgres_bin: Path | None = None
    redis_server: Path | None = None
    state: Path = Path(".stampede")
    reports: Path = Path("reports")


def load_settings() -> Settings:
    """Read the settings and put those of `.env` into the environment, for the programs we start.

    Raises:
        StampedeError: a variable is missing or out of range.
    """
    if os.environ.get("STACK") != "compose":  # whose containers are told all they need
        subprocess.run(["sh", ROOT / "deploy" / "make-env.sh"], check=True)
        load_dotenv(ROOT / ".env")
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors())
        raise StampedeError(f"A setting does not fit: {faults}. See .env.example.") from None
    return settings.model_copy(
        update={name: ROOT / getattr(settings, name) for name in ("locustfile", "state", "reports")}
    )

"""Settings of the tool: environment variables, completed from the suite's settings file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from stampede.errors import StampedeError

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Each field is the environment variable of the same name; relative folders are below the suite's.

    `database_proxy`: the target reaches its database through the proxy, also while nothing is delayed.
    `container_cpus`, `container_memory`: on Compose, the bounds of the lab's containers, such as `2g 512m 1g*4`.
    `fault_requests`: on Compose, the folder in which the host side looks for faults to carry out.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    stack: Literal["local", "compose"] = "local"
    postgres_password: str = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    locustfile: Path | None = None
    web_port: Port = 8585
    locust_port: Port = 8557
    locust_master_bind: str = "127.0.0.1"
    locust_url: str = ""
    postgres_port: Port = 8532
    database_proxy_port: Port = 8533
    database_proxy_control_port: Port = 8534
    database_proxy_host: str = "127.0.0.1"
    database_proxy: bool = False
    database_delay_ms: Annotated[float, Field(ge=0)] = 0
    container_cpus: str = ""
    container_memory: str = ""
    fault_requests: Path | None = None
    postgres_bin: Path | None = None
    state: Path = Path(".stampede")
    reports: Path = Path("reports")


def read_settings(folder: Path) -> Settings:
    """Read the settings from the environment; `folder` is the suite's.

    Raises:
        StampedeError: a variable does not parse or is out of range.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors())
        raise StampedeError(f"A setting does not fit: {faults}.") from None
    folders = {name: folder / getattr(settings, name) for name in ("state", "reports")}
    url = settings.locust_url or f"http://127.0.0.1:{settings.web_port}"
    return settings.model_copy(update={**folders, "locust_url": url})

"""Baseline files: what each request took in an earlier run, as a JSON file that a plan names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from stampede.errors import StampedeError

Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Entry:
    """One request name: percentiles in milliseconds, requests per second. The names are those of the documents."""

    P50: Figure
    P95: Figure
    P99: Figure
    RPS: Figure


_ADAPTER = TypeAdapter(dict[str, Entry])


def read_baseline(path: Path) -> Mapping[str, Entry]:
    """The entries of a file by request name.

    Raises:
        StampedeError: it is missing or does not fit.
    """
    try:
        return _ADAPTER.validate_python(json.loads(path.read_bytes()))
    except OSError:
        raise StampedeError(f"There is no baseline {path}: write it with `stampede baseline write RUN`.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        raise StampedeError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}.") from None
    except ValueError as error:
        raise StampedeError(f"{path} is not JSON: {error}.") from None


def write_baseline(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write these entries; those of other requests stay.

    Raises:
        StampedeError: there is a file that does not fit, or the file cannot be written.
    """
    kept = dict(read_baseline(path)) if path.exists() else {}
    text = json.dumps(_ADAPTER.dump_python(dict(sorted({**kept, **entries}.items()))), indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    except OSError as error:
        raise StampedeError(f"{path} cannot be written: {error.strerror}.") from None

"""findings.json: the part of a run's findings that does not come from the audits, kept beside the evidence."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from stampede.errors import StampedeError
from stampede.judge.findings import Findings

FINDINGS = "findings.json"


@dataclass(frozen=True)
class Record:
    """The findings without audits, the digest of the manifest's fields, and the SQL of the suite's audits by name."""

    findings: Findings
    manifest_sha256: str
    audits: dict[str, str] = field(default_factory=dict)


_ADAPTER = TypeAdapter(Record)


def write_record(record: Record, folder: Path) -> None:
    """Write findings.json into the evidence folder."""
    (folder / FINDINGS).write_text(json.dumps(_ADAPTER.dump_python(record, mode="json"), indent=2) + "\n")


def read_record(folder: Path) -> Record:
    """Read findings.json of an evidence folder.

    Raises:
        StampedeError: it is missing or cannot be parsed.
    """
    path = folder / FINDINGS
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError:
        raise StampedeError(f"There is no {path}: the run left no evidence that could be audited.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        raise StampedeError(f"{path} is damaged: {'.'.join(map(str, fault['loc']))}: {fault['msg']}.") from None

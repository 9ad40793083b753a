import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from stampede.suite.load import load_suite
from stampede.suite.model import Suite
from tests import ROOT

# What a developer may have set for their own lab.
OURS = (
    "STACK",
    "TARGET_URL",
    "REFEREE_DATABASE_URL",
    "DATABASE_URL",
    "REPORTS",
    "STATE",
    "WORKERS",
    "LOCUST_URL",
    "WEB_PORT",
)


@pytest.fixture
def clean_environment() -> Iterator[dict[str, str]]:
    """The environment without the lab's variables, restored afterwards."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    with patch.dict(os.environ, kept, clear=True):
        yield dict(kept)


@pytest.fixture
def repository(clean_environment: dict[str, str]) -> Suite:
    """The suite of this repository; with STACK=compose no settings file is read or made."""
    os.environ |= {"STACK": "compose", "TARGET_URL": "http://127.0.0.1:1"}
    os.environ |= dict.fromkeys(("DATABASE_URL", "REFEREE_DATABASE_URL"), "postgresql://127.0.0.1:1/x")
    return load_suite(ROOT)

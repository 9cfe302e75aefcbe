"""A real Postfix of our own: its configuration, queue and log in one folder, on this machine alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

DAEMONS = Path("/usr/lib/postfix/sbin")
CAN_RUN = shutil.which("postfix") is not None and DAEMONS.is_dir() and os.geteuid() == 0

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.ask.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
relayhost = [127.0.0.1]:{sink}
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_connection_cache_on_demand = no
"""

# name, type, private, unprivileged, chroot, wakeup, most, command
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def running(sink: int) -> Iterator[int]:
    """The port of a Postfix that hands everything to port `sink`, its own bounces too."""
    folder, port = Path(tempfile.mkdtemp(prefix="postfix-")), free_port()
    folder.chmod(0o755)  # its parts run as others than we do
    (folder / "data").mkdir()
    (folder / "queue").mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "main.cf").write_text(MAIN.format(folder=folder, daemons=DAEMONS, sink=sink))
    (folder / "master.cf").write_text(MASTER.format(port=port))
    _tell(folder, "start")
    try:
        yield port
    finally:
        _tell(folder, "stop")
        shutil.rmtree(folder)


def _tell(folder: Path, word: str) -> None:
    said = subprocess.run(["postfix", "-c", str(folder), word], capture_output=True, text=True, check=False)
    log = folder / "log"
    assert said.returncode == 0, said.stderr + (log.read_text() if log.exists() else "")

"""The mail catcher as a process of the devstack."""

import os
import sys
from pathlib import Path

from devstack.child import Child
from devstack.ports import answers, is_free, stable_port
from devstack.processes import end_leftovers


class MailCatcher:
    """`devstack.mail_catcher` on two loopback ports that are kept in `folder`."""

    sender = "tera@contoh.example"
    """From whom mails come; the name is reserved, nobody can have it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._smtp = self._http = 0
        log = self.folder / "mail-catcher.log"
        self._server = Child(name="the mail catcher", log=log, cwd=self.folder)

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self._smtp}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self._http}"

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self) -> None:
        """Start; returns when it takes mail and answers. Raise ChildFailedError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        end_leftovers("devstack.mail_catcher", self.folder)
        if not (self._smtp and is_free(self._smtp)):
            self._smtp = stable_port(self.folder / "smtp-port")
        if not (self._http and is_free(self._http)):
            self._http = stable_port(self.folder / "http-port", besides={self._smtp})
        program = [sys.executable, "-m", "devstack.mail_catcher"]
        ports = ["--smtp-port", str(self._smtp), "--http-port", str(self._http)]
        search = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        path = os.pathsep.join(filter(None, search))
        self._server.start([*program, *ports], {**os.environ, "PYTHONPATH": path})
        # Its pages are served from the moment on at which it takes mail.
        self._server.wait_until(lambda: answers(self._http), within=30)

    def stop(self) -> None:
        self._server.stop(within=5)

    def kill(self) -> None:
        self._server.kill()

"""`python -m devstack [FOLDER]`: run all of it until Ctrl-C."""

import os
import sys
import threading
from pathlib import Path

from devstack.stack import Stack


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TERA_HOME", ".tera"))
    try:
        with Stack(folder) as stack:
            for name in ("TERA_KAFKA_BOOTSTRAP", "TERA_OIDC_ISSUER", "TERA_SMTP_URL"):
                print(f"{name}={stack.environment[name]}")
            print(f"ready; the rest is in {stack.folder / 'state.json'}; Ctrl-C stops", flush=True)
            threading.Event().wait()
    except RuntimeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

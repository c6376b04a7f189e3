"""`tera serve`: run one service."""

import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from types import ModuleType

_SECRET = re.compile(r"TERA_(\w+_(OWNER|API|WORKER)_URL|ADMIN_URL|\w+_SECRET)")


class Service(StrEnum):
    """Services that can be run."""

    registry = "registry"
    feedback = "feedback"
    scoring = "scoring"
    notification = "notification"
    portal = "portal"


_WITHOUT_WORKER = frozenset({Service.portal})


class Part(StrEnum):
    """What of a service runs in this process; the two scale apart."""

    api = "api"
    worker = "worker"
    all = "all"


def serve(
    service: Annotated[Service, typer.Argument(help="The service to run.")],
    role: Annotated[
        Part, typer.Option(help="api answers HTTP, worker does everything behind it, all is both.")
    ] = Part.all,
) -> None:
    """Run a service until Ctrl-C or SIGTERM."""
    from shared.observability.logs import configure_logs
    from shared.observability.spans import recording
    from shared.runtime import run_process
    from shared.settings import Settings

    _forget_other_logins(service, role)
    settings = Settings()
    configure_logs(settings.log_level, settings.log_format, service=service)
    module = _composition(service)
    if role is Part.worker and service in _WITHOUT_WORKER:
        raise typer.BadParameter(f"{service} has no worker: it only answers HTTP.")
    api: Any = module.build_api(settings) if role is not Part.worker else None
    worker: Any = None
    if role is not Part.api and service not in _WITHOUT_WORKER:
        worker = module.build_worker(settings)
    with recording(settings, service=service, role=role):
        run_process(api=api, worker=worker, settings=settings)


def _forget_other_logins(service: Service, role: Part) -> None:
    """A process keeps only the logins and secrets it works with, wherever its environment came
    from."""
    logins = ("api", "worker") if role is Part.all else (role,)
    needed = {f"TERA_{service}_{login}_URL".upper() for login in logins}
    own_secret = re.compile(f"TERA_{service.upper()}_\\w+_SECRET")
    for variable in set(os.environ) - needed:
        if _SECRET.fullmatch(variable) and not own_secret.fullmatch(variable):
            del os.environ[variable]


def _composition(service: Service) -> "ModuleType":
    """`services/<name>/app.py`, which has `build_api(settings)` and `build_worker(settings)`."""
    from importlib import import_module

    return import_module(f"services.{service}.app")

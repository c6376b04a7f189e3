"""The template engine: everything is escaped, and a name that is not given is an error."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from services.portal.design.files import static_address
from services.portal.languages import formats
from services.portal.languages.catalogue import text

_ROOT: Final = Path(__file__).parents[1]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ROOT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "t": _text,
        "number": _in_language(formats.number),
        "quantity": _in_language(formats.quantity),
        "date": _in_language(formats.day),
        "month": _in_language(formats.month),
        "moment": _in_language(formats.moment),
        "day_of": _in_language(formats.day_of),
        "period_name": _in_language(formats.period),
        "period_short": _in_language(formats.short_period),
        "static": static_address,
    }
    return environment


@pass_context
def _text(context: Context, key: str, **values: object) -> str:
    return text(context["language"], key, **values)


def _in_language(write: Any) -> Any:
    @pass_context
    def written(context: Context, *values: Any) -> str:
        result: str = write(context["language"], *values)
        return result

    return written


_ENVIRONMENT: Final = _environment()


def render(template: str, **values: Any) -> str:
    """The HTML of a template such as `answers/form.html`; `language` is always among the values."""
    return _ENVIRONMENT.get_template(template).render(**values)

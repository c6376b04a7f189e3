"""Configuration files: TOML of a city's own, and the examples that come with Tera."""

import tomllib
from pathlib import Path
from typing import Any, Final

from cli.errors import UserError

_EXAMPLES: Final = Path(__file__).parent / "examples" / "places"


def example_files() -> list[Path]:
    """One for each place of the mission."""
    return sorted(_EXAMPLES.glob("*.toml"))


def examples() -> list[str]:
    """The names of the examples."""
    return [file.stem for file in example_files()]


def read_configuration(named: str) -> dict[str, Any]:
    """The document of a file, or of an example, ready to be sent as JSON. Raise `UserError`."""
    file = _EXAMPLES / f"{named}.toml" if named in examples() else Path(named)
    try:
        # As text, numbers keep the digits they were written with.
        document = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=str)
    except OSError:
        raise UserError(
            f"{named} is neither a file nor an example. Examples: {', '.join(examples())}.", code=2
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is not TOML in UTF-8: {error}.", code=2) from None
    sent: dict[str, Any] = plain(document)
    return sent


def plain(value: Any) -> Any:
    """A document of TOML as JSON has it: dates and times as text."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, str | int | bool) else value.isoformat()

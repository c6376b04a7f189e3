"""The Grafana boards of the repository, and what their panels ask of Prometheus."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
BOARDS: list[dict[str, Any]] = [
    json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))
]


def board_expressions() -> Iterator[tuple[str, str]]:
    """Board and panel, and the expression. ``$__rate_interval`` becomes the minute that Grafana
    would choose at a scrape every 15 seconds."""
    for board in BOARDS:
        asked = [(note["name"], note["expr"]) for note in board["annotations"]["list"]]
        asked += [
            (panel["title"], target["expr"])
            for panel in board["panels"]
            for target in panel.get("targets", ())
        ]
        for title, expression in asked:
            yield f"{board['title']}: {title}", expression.replace("$__rate_interval", "1m")

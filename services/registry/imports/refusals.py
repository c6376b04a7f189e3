"""What a violated constraint means to whoever imports: somebody else was faster."""

from functools import partial

from shared.http.problems import conflict

overtaken = partial(
    conflict,
    "changed-meanwhile",
    "Nothing was stored: somebody changed the same things at the same moment. Send the file again.",
)

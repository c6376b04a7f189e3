"""Fields that requests of several capabilities have."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.measures import Quantity


def _visible(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold line breaks or invisible characters")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_visible),
]
"""A name: one line, not empty, at most 200 characters."""

Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    AfterValidator(_visible),
]
"""A code or a kind: one line, not empty, at most 40 characters."""


def _plain(amount: Decimal) -> Decimal:
    return Decimal(f"{amount.normalize():f}")


Amount = Annotated[Quantity, Field(ge=0), AfterValidator(_plain)]
"""Contracts' `Quantity`, not negative, without needless zeros: equal ones look equal."""


class Body(BaseModel):
    """A request body, written closed: a misspelt field is refused instead of ignored."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that the caller sent. The defaults of a PATCH body only mark them optional."""
        return {field: getattr(self, field) for field in self.model_fields_set}

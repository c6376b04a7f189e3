"""What a citizen sends and gets back."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from services.feedback.answers.documents import Comment, Profile, Sentiment
from shared.contracts import Scores, ServiceDay


class AnswerBody(BaseModel):
    """A citizen's answer, by exactly one of ``token`` (a visit's) and ``counter`` (its code)."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    counter: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    scores: Scores
    comment: Comment = None
    sentiment: Sentiment | None = None
    profile: Profile | None = None
    service_day: ServiceDay | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.token is None) == (self.counter is None):
            raise ValueError("send either the token of the visit or the code of the counter")
        return self


class AnswerReceipt(BaseModel):
    """The answer is stored. 201 the first time, 200 when the same answer was sent again."""

    fact_id: UUID
    received_at: datetime

"""The records that flow from a task to a result: frozen pydantic on disk, slotted dataclasses in memory."""

from weval.types.certificate import Certificate, Drift
from weval.types.checks import (
    Check,
    ContainsCheck,
    CountCheck,
    EdgeCheck,
    MaxSentenceWordsCheck,
    NotContainsCheck,
    PlainCheck,
    SeparatorCountCheck,
)
from weval.types.gold import Gold, Outline
from weval.types.items import Candidate, Item, Requirement, RequirementType, joined
from weval.types.records import MAX_RESPONSE_CHARS, Count, Id, Record, Text
from weval.types.requests import Adapter, Certified, Paid, Recorded, Request, Score, Source, Status, Unit
from weval.types.texts import Prompt, Reply, ReplyStatus, Role, TextModel

__all__ = [
    "MAX_RESPONSE_CHARS",
    "Adapter",
    "Candidate",
    "Certificate",
    "Certified",
    "Check",
    "ContainsCheck",
    "Count",
    "CountCheck",
    "Drift",
    "EdgeCheck",
    "Gold",
    "Id",
    "Item",
    "MaxSentenceWordsCheck",
    "NotContainsCheck",
    "Outline",
    "Paid",
    "PlainCheck",
    "Prompt",
    "Record",
    "Recorded",
    "Reply",
    "ReplyStatus",
    "Request",
    "Requirement",
    "RequirementType",
    "Role",
    "Score",
    "SeparatorCountCheck",
    "Source",
    "Status",
    "Text",
    "TextModel",
    "Unit",
    "joined",
]

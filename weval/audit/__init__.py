"""Does gold itself hold? What a task's items, their checks and runs of judges say about how they were made."""

from weval.audit.gold import audit, open_task
from weval.audit.records import (
    Adherence,
    Audit,
    Duplicates,
    KeptSets,
    Length,
    Met,
    Order,
    Position,
    RequirementJudge,
    ResponseJudge,
    Share,
    WritingSystems,
)

__all__ = [
    "Adherence",
    "Audit",
    "Duplicates",
    "KeptSets",
    "Length",
    "Met",
    "Order",
    "Position",
    "RequirementJudge",
    "ResponseJudge",
    "Share",
    "WritingSystems",
    "audit",
    "open_task",
]

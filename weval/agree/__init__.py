"""How well do annotators agree with each other, and they and their majority with gold?"""

from weval.agree.agreement import agree
from weval.agree.records import (
    Agreement,
    AgreeOptions,
    Annotator,
    Coefficient,
    Confusion,
    Labels,
    Majority,
    RankingAgreement,
    Rankings,
)

__all__ = [
    "AgreeOptions",
    "Agreement",
    "Annotator",
    "Coefficient",
    "Confusion",
    "Labels",
    "Majority",
    "RankingAgreement",
    "Rankings",
    "agree",
]

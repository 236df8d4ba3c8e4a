"""How well do annotators agree with each other, and they and their majority with gold?"""

from weval.agree.agreement import agree
from weval.agree.records import (
    Agreement,
    Annotator,
    Coefficient,
    Confusion,
    Labels,
    Majority,
    RankingAgreement,
    Rankings,
)

__all__ = [
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

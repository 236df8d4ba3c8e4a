"""Language models as judges: a folder says how they are asked, a strict parser what they said."""

from weval.adapters.judge.adapter import Judge
from weval.adapters.judge.options import JudgeOptions

__all__ = ["Judge", "JudgeOptions"]

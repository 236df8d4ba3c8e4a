"""Learning from texts as they are: answers, references, texts that a judge found good, scores with their reasons."""

from weval.training.supervised.critic import asking_of, critic_of, judge_settings, lessons_of
from weval.training.supervised.filtering import filtered, open_grader
from weval.training.supervised.heldout import ONE_BY_ONE, TextLosses, held_told, measure_loss
from weval.training.supervised.instances import read_instances
from weval.training.supervised.judged import measure_critic
from weval.training.supervised.lessons import reasons_told
from weval.training.supervised.preparing import prepare
from weval.training.supervised.written import read_written

__all__ = [
    "ONE_BY_ONE",
    "TextLosses",
    "asking_of",
    "critic_of",
    "filtered",
    "held_told",
    "judge_settings",
    "lessons_of",
    "measure_critic",
    "measure_loss",
    "open_grader",
    "prepare",
    "read_instances",
    "read_written",
    "reasons_told",
]

"""`lm-eval:BACKEND,args`: the judge of lm-eval's model types, with all that lm-eval needs to know in one word."""

from __future__ import annotations

from weval.adapters.judge.adapter import Judge
from weval.errors import ConfigError

BACKEND = "lm-eval"


def lm_eval_judge(reference: str, /, **settings: str) -> Judge:
    """`hf,pretrained=x` as `judge:lm-eval/hf` with `--set model_args=pretrained=x`; the same fingerprint, too.

    Raises ConfigError where model_args are given both ways.
    """
    model, _, arguments = reference.partition(",")
    if arguments and "model_args" in settings:
        raise ConfigError(f"--set model_args: --model lm-eval:{model},… says them already; give one of them")
    return Judge(f"{BACKEND}/{model}", **settings, **({"model_args": arguments} if arguments else {}))

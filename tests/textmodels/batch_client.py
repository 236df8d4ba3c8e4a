"""Asks for replies in batches, in a process of its own: `python -m tests.textmodels.batch_client BACKEND URL FOLDER …`.

What follows are settings, and after `--` the prompts. Prints each reply as a line of JSON, then what was raised.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from weval.errors import WevalError
from weval.settings import parse_settings, updated
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt

MODELS = {"openai": "openai/gpt-4o", "anthropic": "anthropic/claude-opus-4-5"}


def main() -> None:
    """Runs one command."""
    backend, url, folder, *rest = sys.argv[1:]
    settings, texts = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    options = updated(TextModelOptions(base_url=url), parse_settings(settings))
    model = open_text_model(MODELS[backend], options)
    model.keep_in(Path(folder))
    try:
        for reply in model.replies(Prompt(f"p{n}", (("user", text),)) for n, text in enumerate(texts)):
            print(json.dumps(asdict(reply)), flush=True)
    except WevalError as error:
        print(f"{type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()

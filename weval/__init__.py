"""weval: can a reward model or an LLM judge for writing be trusted?

The way of the data, left to right, each arrow one function:

    task --load--> Item --plan--> Request --adapter.score--> Score --append--> scores.jsonl --evaluate--> result.json

Importing this package opens no socket, reads no environment variable and loads no heavy library.
"""

__version__ = "0.1.0.dev0"

"""A real sentence-transformers model whose vectors are known: a text is the mean of its words, each on its own axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def make_words_model(folder: Path, words: list[str]) -> Path:
    """A model in a folder; words that it does not know count for nothing."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"?": 0, **{word: n for n, word in enumerate(words, start=1)}}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.eye(len(words) + 1, dtype=np.float32)
    weights[0] = 0
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu")
    model.save(str(folder), create_model_card=False)
    (folder / "config.json").write_text("{}\n", encoding="utf-8")
    return folder

"""The tokenizer: byte-level BPE over lower-cased text, digits apart, plan words as one token."""

from collections.abc import Iterable

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.trainers import BpeTrainer

from retouchgpt_core.language.tokens import PLAN_TOKENS


def _untrained() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train_tokenizer(sentences: Iterable[str], pieces: int = 2200) -> Tokenizer:
    """Learn `pieces` pieces (plan words included) from sentences."""
    tokenizer = _untrained()
    trainer = BpeTrainer(
        vocab_size=pieces,
        special_tokens=[AddedToken(t, special=True, normalized=False) for t in PLAN_TOKENS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    return tokenizer


def byte_tokenizer() -> Tokenizer:
    """Return a tokenizer that knows the plan words and single bytes only."""
    return train_tokenizer([], pieces=0)

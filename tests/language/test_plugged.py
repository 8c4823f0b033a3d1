"""A local Hugging Face model, made here with random weights, writes valid plans too."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.plan import Plan


def make_model(folder: Path, architecture: str) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=320, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(["<edit><acne><end> remove the acne and the moles"], trainer)
    size = tokenizer.get_vocab_size()
    torch.manual_seed(0)
    if architecture == "llama":
        config = LlamaConfig(
            vocab_size=size,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=4096,
        )
        LlamaForCausalLM(config).save_pretrained(folder)
    else:
        config = GPT2Config(vocab_size=size, n_embd=16, n_layer=1, n_head=2, n_positions=1024)
        GPT2LMHeadModel(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_random_model_writes_valid_plans(tmp_path, architecture):
    folder = make_model(tmp_path / architecture, architecture)
    interpreter = Interpreter.load(tmp_path, folder)
    for text in ("remove the acne", "é" * 3000):
        plan = interpreter.interpret(text, DialogueState(face_count=2))
        assert plan == plan.canonical() == Plan.from_json(plan.to_json())


def test_wrong_folders_are_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match="no language model"):
        Interpreter.load(tmp_path, tmp_path / "nowhere")
    folder = make_model(tmp_path / "m", "llama")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(WeightsError, match="cannot be read"):
        Interpreter.load(tmp_path, folder)

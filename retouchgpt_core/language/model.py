"""The bundled language model: a small Llama that reads instructions and writes plans."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.language.serial import plan_tokens
from retouchgpt_core.language.tokenizer import byte_tokenizer
from retouchgpt_core.language.tokens import END, PAD, PLAN, SAID, TOKEN_IDS

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

READER_FILE = "model.safetensors"
WRITER_FILE = "writer.safetensors"
MAX_WORD_TOKENS = 160
"""Longer instructions keep their first and last pieces."""


class PlanModel:
    """A frozen Llama with its tokenizer.

    Its last hidden states of an instruction and its plan condition the image networks; decoding
    plans with it is the interpreter's work.
    """

    def __init__(self, network: "LlamaForCausalLM", tokenizer: Tokenizer) -> None:
        self.network = network.eval().requires_grad_(False)
        self.tokenizer = tokenizer

    @classmethod
    def load(
        cls, weights: Path, device: str | torch.device = "cpu", writing: bool = False
    ) -> "PlanModel":
        """Read `weights` (or its folder `language`). Raises WeightsError.

        model.safetensors is what the image networks were trained with. `writing` prefers
        writer.safetensors, if it is there: the same network, trained further to write plans, and
        perhaps grown deeper.
        """
        folder = weights / "language" if (weights / "language").is_dir() else weights
        try:
            settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            further = writing and (folder / WRITER_FILE).is_file()
            state = load_file(folder / (WRITER_FILE if further else READER_FILE))
            network = build_network({**settings["model"], "num_hidden_layers": _depth(state)})
            _fill(network, state)
        except (OSError, ValueError, KeyError, SafetensorError, RuntimeError) as error:
            raise WeightsError(
                f"The language model in {folder} cannot be read ({error}).",
                "Train one: retouchgpt train language.",
            ) from error
        except Exception as error:
            if type(error) is not Exception:  # what `tokenizers` raises for any bad file
                raise
            raise WeightsError(
                f"The tokenizer in {folder} cannot be read.",
                "Train one: retouchgpt train language.",
            ) from error
        cast("nn.Module", network).to(torch.device(device))
        return cls(network, tokenizer)

    @classmethod
    def tiny(cls, seed: int = 0, hidden: int = 32, layers: int = 2) -> "PlanModel":
        """Return a random model that reads single bytes, for tests."""
        tokenizer = byte_tokenizer()
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        settings = network_settings(tokenizer.get_vocab_size(), hidden, layers, heads=2)
        return cls(build_network(settings), tokenizer)

    def save(self, folder: Path, card: dict[str, Any] | None = None) -> None:
        """Write config.json, tokenizer.json and model.safetensors (fp16)."""
        folder.mkdir(parents=True, exist_ok=True)
        config = self.network.config
        settings = {key: getattr(config, key) for key in _SETTINGS}
        text = json.dumps({"format": 1, "model": settings, **(card or {})}, indent=2)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")
        self.tokenizer.save(str(folder / "tokenizer.json"))
        state = {
            name: value.detach().to("cpu", torch.float16).contiguous()
            for name, value in self.network.state_dict().items()
            if name != "lm_head.weight"
        }
        save_file(state, folder / READER_FILE)
        (folder / READER_FILE).chmod(0o644)  # safetensors makes files for the owner alone

    @property
    def hidden_size(self) -> int:
        """Width of one layer's hidden states."""
        return self.network.config.hidden_size

    @property
    def device(self) -> torch.device:
        return self.network.device

    def word_ids(self, text: str) -> list[int]:
        """Return the token ids of what was said, at most MAX_WORD_TOKENS of them."""
        ids = self.tokenizer.encode(plain(text), add_special_tokens=False).ids
        if len(ids) > MAX_WORD_TOKENS:
            half = MAX_WORD_TOKENS // 2
            ids = [*ids[:half], *ids[-half:]]
        return [i for i in ids if i >= len(TOKEN_IDS)]

    def token_ids(self, text: str, plan: Plan | None = None) -> list[int]:
        """Return the ids of `<said>` words `<plan>` plan `<end>`; the last two only with a plan."""
        ids = [TOKEN_IDS[SAID], *self.word_ids(text), TOKEN_IDS[PLAN]]
        if plan is not None:
            ids += [TOKEN_IDS[t] for t in plan_tokens(plan)] + [TOKEN_IDS[END]]
        return ids

    @torch.no_grad()
    def encode(self, text: str, plan: Plan | None = None) -> Tensor:
        """Return the hidden states of the words (and the plan's tokens), (T, 3 * hidden)."""
        return self.encode_batch([(text, plan)])[0][0]

    @torch.no_grad()
    def encode_batch(self, items: Sequence[tuple[str, Plan | None]]) -> tuple[Tensor, Tensor]:
        """Return the states (B, T, 3 * hidden) and which of them are tokens, (B, T) bool.

        The states of three depths stand side by side, each normed: the first says which word it
        is, the middle one what it belongs to, the last one mostly what will come next.
        """
        ids, mask = self._padded([self.token_ids(text, plan) for text, plan in items])
        # Padding stands on the right of a causal model, so it cannot be seen: no mask is needed.
        layers = self.network.model(
            input_ids=ids, use_cache=False, output_hidden_states=True
        ).hidden_states
        depths = (layers[0], layers[len(layers) // 2], layers[-1])
        return torch.cat([F.layer_norm(d, d.shape[-1:]) for d in depths], -1), mask

    def prompt_states(
        self, visual: Tensor, text_ids: Sequence[Sequence[int]], queries: Tensor
    ) -> Tensor:
        """Read [visual; instruction; queries] and return the last hidden states at the queries.

        visual (B, V, hidden), text_ids: B lists of ids as of `token_ids`, queries (B, N, hidden)
        -> (B, N, hidden). The model is frozen; gradients reach `visual` and `queries`.
        """
        ids, known = self._padded([list(i) for i in text_ids])
        words = self.network.get_input_embeddings()(ids)
        inputs = torch.cat([visual, words.to(visual.dtype), queries], 1)
        seen = known.new_ones(visual.shape[:2]), known, known.new_ones(queries.shape[:2])
        return self._states(inputs, torch.cat(seen, 1))[:, -queries.shape[1] :]

    def _states(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        positions = None if mask is None else (mask.long().cumsum(1) - 1).clamp_min(0)
        return self.network.model(
            inputs_embeds=inputs,
            attention_mask=None if mask is None else mask.long(),
            position_ids=positions,
            use_cache=False,
        ).last_hidden_state

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        longest = max(len(row) for row in rows)
        ids = torch.full((len(rows), longest), TOKEN_IDS[PAD], dtype=torch.long)
        mask = torch.zeros(len(rows), longest, dtype=torch.bool)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row, dtype=torch.long)
            mask[number, : len(row)] = True
        return ids.to(self.device), mask.to(self.device)


_SETTINGS = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
)


def network_settings(vocabulary: int, hidden: int, layers: int, heads: int) -> dict[str, int]:
    """Return the settings that `build_network` takes."""
    return {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "intermediate_size": hidden * 8 // 3 // 16 * 16,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "max_position_embeddings": 1024,
    }


def build_network(settings: dict[str, Any]) -> "LlamaForCausalLM":
    """Build a Llama with random weights and tied embeddings."""
    from transformers import LlamaConfig, LlamaForCausalLM  # some seconds: only when it is needed

    config = LlamaConfig(
        **settings,
        num_key_value_heads=settings["num_attention_heads"],
        tie_word_embeddings=True,
        initializer_range=0.02,
        pad_token_id=TOKEN_IDS[PAD],
        bos_token_id=TOKEN_IDS[SAID],
        eos_token_id=TOKEN_IDS[END],
    )
    return LlamaForCausalLM(config)


_PLAIN = str.maketrans("<>\u2018\u2019\u00b4\u201c\u201d\u2013\u2014", "  '''\"\"--")
"""Brackets would read as plan words; curly quotes and long dashes as their plain forms."""


def plain(text: str) -> str:
    """Return what was said in plain characters and on one line, cut to a sane length."""
    clean = text.encode("utf-8", "ignore").decode("utf-8").translate(_PLAIN)
    clean = " ".join(clean.split())
    return clean if len(clean) <= 4000 else clean[:2000] + " " + clean[-2000:]


def _depth(state: dict[str, Tensor]) -> int:
    """Count the layers that these tensors belong to."""
    numbers = [name.split(".layers.")[1].split(".")[0] for name in state if ".layers." in name]
    return max((int(number) for number in numbers), default=-1) + 1


def _fill(network: "LlamaForCausalLM", state: dict[str, Tensor]) -> None:
    floats = {name: value.float() for name, value in state.items()}
    result: Any = network.load_state_dict(floats, strict=False)
    if result.unexpected_keys or set(result.missing_keys) - {"lm_head.weight"}:
        raise ValueError("its tensors do not fit its config.json")
    network.tie_weights()


def weights_memory(network: torch.nn.Module) -> int:
    """Return the bytes that a network's weights take."""
    return sum(p.numel() * p.element_size() for p in network.parameters())

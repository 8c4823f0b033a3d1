"""Any local Hugging Face causal model as a writer of drafts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.model import plain, weights_memory
from retouchgpt_core.language.serial import state_tokens
from retouchgpt_core.language.steps import Steps
from retouchgpt_core.language.tokens import PLAN_TOKENS
from retouchgpt_core.language.writer import Written, write_draft

_RULES = """You turn requests about retouching a portrait into plans. Write only the plan.
Words of plans: {words}
<edit> kinds places faces strength <end>. No place means the whole face. <s10> removes, <s5>
softens, <s3> means a bit, <s8> a lot; <percent> takes two digits. <left> and <right> are sides of
the picture, <own_left> and <own_right> the person's own. <keep> lists what must stay. <same> is
what the last plan changed; <less>, <more>, <bit_less>, <bit_more> change its strength. <decline>
is for anything that is not about skin, <clarify> for requests that say too little."""
_EXAMPLES = (
    ("remove the pimples on the chin", "<edit><acne><at_chin><s10><end>"),
    (
        "soften the wrinkles but keep the moles on her left cheek",
        "<edit><wrinkle><s5><keep><mole><own_left><at_cheek><end>",
    ),
    (
        "take the shine down 35% on the forehead and remove the scar",
        "<edit><shine><at_forehead><percent><d3><d5><edit><scar><s10><end>",
    ),
    ("a bit less", "<edit><same><bit_less><end>"),
    ("undo the last two", "<undo><n2><end>"),
    ("what's the weather?", "<decline><topic_question><end>"),
    ("fix it", "<clarify><ask_what><end>"),
)
_MAX_TEXT = 1200


class PluggedWriter:
    """Prompts a local model and decodes the grammar's words as pieces of its own text."""

    def __init__(self, network: Any, tokenizer: Any) -> None:
        self.network = network
        self.tokenizer = tokenizer
        pieces = {t: tokenizer.encode(t, add_special_tokens=False) for t in PLAN_TOKENS}
        if not all(pieces.values()):
            raise WeightsError(
                "This language model's tokenizer cannot write plans.", "Choose another model."
            )
        self._pieces: dict[str, list[int]] = pieces

    @property
    def memory(self) -> int:
        """Bytes that the model's weights take."""
        return weights_memory(self.network)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "PluggedWriter":
        """Read a model's folder from disk only. Raises WeightsError with one sentence."""
        if not (folder / "config.json").is_file():
            raise WeightsError(
                f"{folder} holds no language model (no config.json).",
                "Choose the folder of a Hugging Face causal model.",
            )
        _check_room(folder)
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True
            )
            loaded = loaded.to(torch.device(device))
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise WeightsError(
                f"There is too little memory for the language model in {folder}.",
                "Choose a smaller one.",
            ) from error
        except Exception as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise WeightsError(
                f"The language model in {folder} cannot be read ({first[:160]}).",
                "Check that its tokenizer and safetensors weights are there.",
            ) from error
        return cls(loaded.eval(), tokenizer)

    @torch.no_grad()
    def write(self, text: str, state: DialogueState, start: Sequence[str] = ()) -> Written:
        prompt = self._prompt(text, state)
        steps = Steps(self.network)
        ahead: Tensor | None = None

        def chances(draft: Sequence[str], options: Sequence[str]) -> Tensor:
            nonlocal ahead
            fed = [*prompt, *(i for t in draft for i in self._pieces[t])]
            if len(fed) > steps.known:
                fresh = torch.tensor([fed[steps.known :]], device=self.network.device)
                ahead = steps.feed(fresh)
            assert ahead is not None
            names, rows = self._walk(options, ahead, fed)
            shares = torch.zeros(len(options))
            for name, share in zip(names, rows, strict=True):
                shares[list(options).index(name)] = share
            return shares

        return write_draft(chances, start)

    def _walk(
        self, options: Sequence[str], ahead: Tensor, fed: Sequence[int]
    ) -> tuple[list[str], list[float]]:
        """Follow the likeliest piece among the options' spellings until one option is left."""
        left = list(options)
        share, depth = 1.0, 0
        branch: list[int] = []
        runner: tuple[str, float] | None = None
        while len(left) > 1:
            nexts = sorted({self._pieces[t][depth] for t in left})
            if len(nexts) > 1:
                if branch:
                    ids = torch.tensor([[*fed, *branch]], device=self.network.device)
                    ahead = self.network(input_ids=ids, use_cache=False).logits[0, -1].float()
                chances: dict[int, float] = dict(
                    zip(nexts, ahead[nexts].softmax(0).tolist(), strict=True)
                )
                best = max(nexts, key=chances.__getitem__)
                others = [t for t in left if self._pieces[t][depth] != best]
                second = max(others, key=lambda t: chances[self._pieces[t][depth]])
                rival = share * chances[self._pieces[second][depth]]
                if runner is None or rival > runner[1]:
                    runner = second, rival
                share *= chances[best]
            else:
                best = nexts[0]
            left = [t for t in left if self._pieces[t][depth] == best]
            branch.append(best)
            depth += 1
        assert runner is not None
        return [left[0], runner[0]], [max(share, runner[1]), min(share, runner[1])]

    def _prompt(self, text: str, state: DialogueState) -> list[int]:
        before = state_tokens(state.rounds, state.face_count, bool(state.selected))
        told = f"{''.join(before)} " if before else ""
        rules = _RULES.format(words=" ".join(PLAN_TOKENS[3:]))
        messages: list[Mapping[str, str]] = [{"role": "system", "content": rules}]
        for said, plan in _EXAMPLES:
            messages += [{"role": "user", "content": said}, {"role": "assistant", "content": plan}]
        messages.append({"role": "user", "content": told + plain(text)[:_MAX_TEXT]})
        if getattr(self.tokenizer, "chat_template", None):
            rendered: str = self.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
            ids = self.tokenizer.encode(rendered, add_special_tokens=False)
        else:
            shown = {"system": "", "user": "Request: ", "assistant": "Plan: "}
            lines = [f"{shown[m['role']]}{m['content']}" for m in messages]
            ids = self.tokenizer.encode("\n".join([*lines, "Plan: "]))
        room = getattr(self.network.config, "max_position_embeddings", None) or 4096
        return [int(i) for i in ids][-max(16, room - 512) :]


def _check_room(folder: Path) -> None:
    """Refuse weights that do not fit the free memory: Linux would end the program, not say no."""
    needed = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    free = _free_memory()
    if free is not None and needed > free:
        raise WeightsError(
            f"The language model in {folder} needs {needed / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free.",
            "Choose a smaller one, or close other programs.",
        )


def _free_memory() -> int | None:
    """Return the bytes that Linux says are available; None elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if "MemAvailable" in line), None)

"""Hugging Face's GPT-2 on PyTorch."""

from __future__ import annotations

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from speed.contest import Case, Ticks, for_ever
from speed.devices import CPU
from speed.generation import POSITIONS, TOP_K, prompts
from speed.peers.pytorch import use_device


def generate(case: Case, ticks: Ticks, device: str = CPU, precision: str = "float32") -> None:
    """Continues prompts with the cache of keys and values."""
    use_device(device)
    torch.manual_seed(0)
    shape = case.shape
    config = GPT2Config(
        vocab_size=shape["vocabulary"],
        n_embd=shape["width"],
        n_layer=shape["depth"],
        n_head=shape["heads"],
        n_positions=POSITIONS,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = GPT2LMHeadModel(config).eval().to(device, getattr(torch, precision))
    ticks.parameters = sum(each.numel() for each in model.parameters())
    ids = torch.from_numpy(prompts(case)).long().to(device)
    options = {
        "attention_mask": torch.ones_like(ids),
        "max_new_tokens": shape["new"],
        "min_new_tokens": shape["new"],
        "do_sample": True,
        "top_k": TOP_K,
        "use_cache": True,
    }

    def write() -> None:
        with torch.inference_mode():
            written = model.generate(ids, **options)
        assert written.shape[1] == ids.shape[1] + shape["new"]

    for_ever(ticks, write)

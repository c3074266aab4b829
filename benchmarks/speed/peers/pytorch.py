"""The networks of the zoo in plain PyTorch, the usual training loop, and what a GPU can do."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from speed.contest import Case, Ticks, for_ever
from speed.devices import CPU
from speed.tokens import LEARNING_RATE, WEIGHT_DECAY, token_batches

RECURRENT = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class TokenNetwork(nn.Module):
    """Embeds tokens, mixes them, and reads them out with the same matrix and a bias."""

    def __init__(self, mixing: nn.Module, vocabulary: int, width: int):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=width**-0.5)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        self.mixing = mixing

    def forward(self, ids: Tensor) -> Tensor:
        y = self.mixing(self.tokens(ids))  # (B, T, D)
        return F.linear(y, self.tokens.weight, self.bias)  # (B, T, V)


class Recurrent(nn.Module):
    """One of PyTorch's recurrent layers."""

    def __init__(self, layer: type[nn.RNNBase], width: int):
        super().__init__()
        self.layer = layer(width, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)[0]  # (B, T, D)


class Block(nn.Module):
    """A transformer block as nanoGPT has it: fused projection, fused attention, norms before."""

    def __init__(self, width: int, heads: int, causal: bool):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.attention_norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        parts = self.project(self.attention_norm(x)).split(width, dim=-1)
        query, key, value = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in parts
        )  # (B, heads, T, D / heads)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        x = x + self.output(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.feedforward(x)


class Transformer(nn.Module):
    """Learned positions, blocks, and a norm behind them."""

    def __init__(self, *, width: int, depth: int, heads: int, length: int, causal: bool):
        super().__init__()
        self.positions = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.Sequential(*(Block(width, heads, causal) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.blocks(x + self.positions[: x.shape[1]]))  # (B, T, D)


def network(case: Case) -> TokenNetwork:
    """The network of a case of training."""
    shape = case.shape
    mixing: nn.Module
    if case.model in RECURRENT:
        mixing = Recurrent(RECURRENT[case.model], shape["width"])
    else:
        mixing = Transformer(
            width=shape["width"],
            depth=shape["depth"],
            heads=shape["heads"],
            length=shape["length"],
            causal=case.model == "gpt",
        )
    return TokenNetwork(mixing, shape["vocabulary"], shape["width"])


def train(case: Case, ticks: Ticks, device: str = CPU, precision: str = "float32") -> None:
    """Updates a network, batch after batch."""
    use_device(device)
    net = network(case).to(device)
    ticks.parameters = sum(each.numel() for each in net.parameters())
    for_ever(ticks, updating(net, token_batches(case), device, precision))


def updating(
    net: nn.Module, batches: Sequence[tuple], device: str = CPU, precision: str = "float32"
) -> Callable[[], None]:
    """An update: AdamW, gradients clipped to a norm of 1; weights stay float32."""
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    tensors = [
        (
            torch.from_numpy(ids).long().to(device),
            torch.from_numpy(targets).long().to(device),
            torch.from_numpy(weights).to(device),
        )
        for ids, targets, weights in batches
    ]
    endless = itertools.cycle(tensors)

    def update() -> None:
        ids, targets, weights = next(endless)
        wanted = torch.where(weights > 0, targets, -100)  # those without weight are ignored
        with computing_in(precision, device):
            loss = F.cross_entropy(net(ids).flatten(0, 1), wanted.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()

    return update


def computing_in(precision: str, device: str) -> contextlib.AbstractContextManager[object]:
    """What is computed within is so in a precision, as far as PyTorch holds that to be wise."""
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device, getattr(torch, precision))


def multiply(case: Case, ticks: Ticks, device: str) -> None:
    """Products of square matrices."""
    use_device(device)
    size, number = case.shape["size"], getattr(torch, case.shape["precision"])
    left, right = (torch.randn(size, size, device=device, dtype=number) for _ in range(2))
    product = torch.empty_like(left)  # (N, N)
    for_ever(ticks, lambda: torch.matmul(left, right, out=product))


def copy(case: Case, ticks: Ticks, device: str) -> None:
    """Copies of a tensor."""
    use_device(device)
    number = getattr(torch, case.shape["precision"])
    source = torch.zeros(case.shape["bytes"] // number.itemsize, device=device, dtype=number)
    target = torch.empty_like(source)
    for_ever(ticks, lambda: target.copy_(source))


def use_device(device: str) -> None:
    """As many threads as the process may use; on a GPU float32 products as fast as JAX's."""
    use_threads()
    if device != CPU:
        torch.set_float32_matmul_precision("high")  # TF32, which is JAX's default there


def use_threads() -> None:
    """As many as the process may use."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

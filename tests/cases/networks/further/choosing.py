"""Networks whose numbers decide what runs: experts, branches, loops."""
import random
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence
from torchvision.ops import nms
input_shape = (8, 16)
TOKENS, WIDTH, EXPERTS = 8, 16, 4
GATE, EXPERT = TOKENS * WIDTH * EXPERTS, WIDTH * WIDTH
class Routed(nn.Module):
    """Each token goes to ``top`` of four experts, as ``route`` has it."""
    top = 1
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(WIDTH, EXPERTS, bias=False)
        self.experts = nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(EXPERTS))
    def forward(self, x):
        flat = x.reshape(-1, WIDTH)
        return self.route(flat, self.gate(flat)).view_as(x)
class Mixtral(Routed):
    top = 2
    def route(self, x, scores):
        weights, chosen = scores.softmax(-1).topk(2, dim=-1)
        out, mask = torch.zeros_like(x), F.one_hot(chosen, EXPERTS).permute(2, 1, 0)
        for which, expert in enumerate(self.experts):
            place, token = torch.where(mask[which])
            if token.shape[0] == 0:
                continue
            out.index_add_(0, token, expert(x[token]) * weights[token, place, None])
        return out
class Sorted(Routed):
    def route(self, x, scores):
        best = scores.argmax(-1)
        order = best.argsort()
        counts = torch.bincount(best, minlength=EXPERTS).tolist()
        parts = [expert(part) if len(part) else part for expert, part in zip(self.experts, x[order].split(counts))]
        return torch.cat(parts)[order.argsort()]
class Unique(Routed):
    def route(self, x, scores):
        best, out = scores.argmax(-1), torch.empty_like(x)
        for which in best.unique():
            out[best == which] = self.experts[int(which)](x[best == which])
        return out
class Masked(Routed):
    def route(self, x, scores):
        best, out = scores.argmax(-1), x.clone()
        for which, expert in enumerate(self.experts):
            mask = best.eq(which)
            if mask.any():
                out = out.masked_scatter(mask[:, None], expert(x[mask]))
        return out
class OneByOne(Routed):
    def route(self, x, scores):
        return torch.stack([self.experts[which](token) for token, which in zip(x, scores.argmax(-1).tolist())])
class NumPys(Routed):
    def route(self, x, scores):
        chosen = scores.detach().numpy().argmax(-1)
        out = torch.zeros_like(x)
        for which in np.unique(chosen):
            rows = torch.from_numpy((chosen == which).nonzero()[0])
            out = out.index_copy(0, rows, self.experts[which](x[rows]))
        return out
class ByDict(Routed):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleDict({f"e{which}": expert for which, expert in enumerate(self.experts)})
    def route(self, x, scores):
        return torch.stack([self.experts[f"e{scores[at].argmax()}"](x[at]) for at in range(len(x))])
class Sums(Routed):
    """by a number that is formatted"""
    def route(self, x, scores):
        names = {f"{each}": expert for each, expert in enumerate(self.experts)}
        return torch.cat([names[f"{scores[at].argmax().item()}"](x[at : at + 1]) for at in range(len(x))])
class Scattered(Routed):
    """added back row by row"""
    def route(self, x, scores):
        best, out = scores.argmax(-1), torch.zeros_like(x)
        for which in best.unique().tolist():
            rows = (best == which).nonzero().expand(-1, WIDTH)
            out.scatter_add_(0, rows, self.experts[which](x.gather(0, rows)))
        return out
class TensorSplit(Routed):
    """cut where a tensor says"""
    def route(self, x, scores):
        best = scores.argmax(-1)
        order, ends = best.argsort(), torch.bincount(best, minlength=EXPERTS).cumsum(0)[:-1]
        parts = torch.tensor_split(x[order], ends)
        return torch.cat([expert(part) for expert, part in zip(self.experts, parts)])[order.argsort()]
class Sampled(Routed):
    """one for all, drawn as the scores say"""
    def route(self, x, scores):
        return self.experts[torch.distributions.Categorical(logits=scores.mean(0)).sample()](x)
class Greatest(Routed):
    """one for all, by Python's own comparison"""
    def route(self, x, scores):
        return self.experts[max(range(EXPERTS), key=lambda which: scores[:, which].sum())](x)
EXPERTS_RUN = {each: GATE + each.top * TOKENS * EXPERT for each in (Mixtral, Sorted, Unique, Masked, OneByOne, ByDict, Sums, Scattered, TensorSplit, Sampled, Greatest)}
EXPERTS_RUN[NumPys] = None  # what NumPy makes of numbers that left may be work
# branches: what ``ask`` says of the input decides whether ``extra`` runs before ``body``
class Branch(nn.Module):
    def __init__(self, ask):
        super().__init__()
        self.extra, self.body, self.ask = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), ask
    def forward(self, x):
        return self.body(self.extra(x) if self.ask(x) else x)
ASKS = {
    "any": lambda x: (x > 9).any(), "all": lambda x: bool((x > 9).all()), "item": lambda x: x.sum().item() > 1e9,
    "NumPy": lambda x: x.numpy().max() > 9, "list": lambda x: x.tolist()[0][0][0] > 9, "int": lambda x: int(x.abs().max()) > 9,
    "float": lambda x: float(x.max()) > 9, "max of Python": lambda x: max(x[0, 0]) > 9, "sorted": lambda x: sorted(x[0, 0])[0] > 9,
    "equal": lambda x: torch.equal(x, x + 1), "allclose": lambda x: torch.allclose(x, x + 1), "is nonzero": lambda x: (x[0, 0, 0] > 9).is_nonzero(),
    "in": lambda x: 99. in x, "unique": lambda x: len(x.unique()) == 1, "nonzero": lambda x: (x > 9).nonzero().shape[0],
    "format": lambda x: f"{x[0, 0, 0]:.0f}" == "99", "index": lambda x: [0, 0][(x[0, 0, 0] > 9).int()],
    "masked": lambda x: len(x[x > 9]), "masked select": lambda x: x.masked_select(x > 9).numel(), "argwhere": lambda x: len(torch.argwhere(x > 9)),
    "not": lambda x: not (x < 9).all(), "count": lambda x: torch.count_nonzero(x > 9).item(), "iterated": lambda x: any(each > 9 for each in x.flatten()),
    "range": lambda x: len(range(int(x.max() > 9))), "of a layer": lambda x: (x @ x.mT).trace() > 1e9 if x.dim() == 2 else (x[0] @ x[0].T).trace() > 1e9,
    "of a batch": lambda x: x.mean((1, 2)).max() > 9, "compared": lambda x: x.max() > x.min() + 99, "complex": lambda x: complex(x[0, 0, 0]).real > 9,
    "into a list": lambda x: list(x[0, 0])[0] > 9, "hash of bytes": lambda x: x.numpy().tobytes()[:1] == b"?", "not a number": lambda x: x.isnan().any(),
    "where": lambda x: torch.where(x.sum() > 1e9, 1, 0).item(), "round": lambda x: round(float(x.mean() * 0)), "key": lambda x: {True: 1, False: 0}[(x.sum() > 1e9).item()],
    "and": lambda x: x.mean() > 1e9 and len(x), "data": lambda x: x.data.max() > 9, "asarray": lambda x: np.asarray(x).sum() > 1e9,
    "second output": lambda x: x.max(-1)[0][0, 0] > 1e9, "hash": lambda x: hash(x.sum().item()) == 3, "histogram": lambda x: x.histc(4, 0, 99)[3] > 0,
}
class Until(nn.Module):
    """as often as it takes"""
    def __init__(self):
        super().__init__()
        self.step, self.late = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
    def forward(self, x):
        for _ in range(3):
            x = self.step(x)
            if x.norm() < 1e9:
                return x
        return self.late(x)
class Trying(nn.Module):
    """asserts, and goes on otherwise"""
    def __init__(self):
        super().__init__()
        self.body, self.other = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
    def forward(self, x):
        try:
            assert x.max() < 1e9, "too large"
            return self.body(x)
        except AssertionError:
            return self.other(x)
class Matched(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(3))
    def forward(self, x):
        match x[0, 0].argmax().item() % 3:
            case 0:
                return self.layers[0](x)
            case 1:
                return self.layers[1](x)
        return self.layers[2](x)
class Cond(nn.Module):
    def __init__(self):
        super().__init__()
        self.yes, self.no = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda y: self.yes(y), lambda y: self.no(y), (x,))
class Packed(nn.Module):
    """as many steps as the input says"""
    def __init__(self):
        super().__init__()
        self.step = nn.GRU(WIDTH, WIDTH, batch_first=True)
    def forward(self, x):
        lengths = (x[..., 0] > 0).sum(1).clamp(min=1)
        return self.step(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))[0].data
class Kept(nn.Module):
    """the boxes that are left over"""
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(WIDTH, WIDTH)
    def forward(self, x):
        return self.body(x[0][nms(x[0, :, :4], x[0, :, 4], 0.5)])
OTHERS = [Until, Trying, Matched, Cond, Packed, Kept]
# what is no number of the input's: chance of Python's, of NumPy's, a counter, the time
class Chance(nn.Module):
    def __init__(self, chance):
        super().__init__()
        self.extra, self.body, self.chance, self.calls = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), chance, 0
    def forward(self, x):
        self.calls += 1
        return self.body(self.extra(x) if self.chance(self) else x)
CHANCES = {
    "random": lambda net: random.random() > 2, "choice": lambda net: random.choice([False, False]), "NumPy": lambda net: np.random.rand() > 2,
    "torch": lambda net: torch.rand(1) > 2, "torch, item": lambda net: torch.rand(()).item() > 2, "randint": lambda net: torch.randint(0, 2, (1,)).item() > 5,
    "bernoulli": lambda net: bool(torch.bernoulli(torch.tensor(0.))),
}
NOT_CHOSEN = {"training": lambda net: net.training, "calls": lambda net: net.calls > 9, "setting": lambda net: net.body.bias is None}

# a number of the network's own: a weight, a counter; where the numbers lie
class Own(nn.Module):
    def __init__(self, ask):
        super().__init__()
        self.extra, self.body, self.ask = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), ask
        self.gate = nn.Parameter(torch.tensor(0.25))
        self.register_buffer("step", torch.tensor(7))
    def forward(self, x):
        return self.body(self.extra(x) if self.ask(self, x) else x)
_BODY = TOKENS * WIDTH**2
OF_ITS_OWN = {
    "sum": (lambda net, x: net.body.weight.sum() > 1e9, _BODY), "gate": (lambda net, x: net.gate.item() > 0.5, _BODY), "open gate": (lambda net, x: net.gate > 0, 2 * _BODY),
    "vanished": (lambda net, x: (net.body.weight == 0).any(), _BODY), "step": (lambda net, x: net.step > 9, _BODY), "early": (lambda net, x: int(net.step) < 9, 2 * _BODY),
    "norm": (lambda net, x: float(net.body.weight.norm()) > 1e9, _BODY), "NumPy": (lambda net, x: net.body.weight.detach().numpy().max() > 9, _BODY),
    "list": (lambda net, x: net.gate.tolist() > 1, _BODY), "stored": (lambda net, x: not net.state_dict()["gate"], _BODY),
    "is there": (lambda net, x: not x.is_meta, 2 * _BODY), "on the CPU": (lambda net, x: x.device.type == "cpu", 2 * _BODY), "as text": (lambda net, x: str(x.device) == "cpu", 2 * _BODY),
    "is_cpu": (lambda net, x: net.body.weight.is_cpu, 2 * _BODY), "compared": (lambda net, x: next(net.parameters()).device == torch.device("cpu"), 2 * _BODY),
    "elsewhere": (lambda net, x: x.is_cuda, _BODY), "elsewhere by type": (lambda net, x: x.device.type in ("cuda", "mps"), _BODY),
}

"""Recurrent layers, and single steps of them. No torch here.

Hochreiter and Schmidhuber 1997 (LSTM), Cho et al., arXiv:1406.1078 (GRU), as cuDNN and PyTorch hold them.
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, counted, integer, product
from cnnviz.inspection.kinds.kind import Family, Kind


def _costs(call: Call, gates: int) -> tuple[Formula | None, ...]:
    """g gates, each with weights for what comes in, weights for the last state, and two biases, in each direction."""
    inputs, hidden = integer(call, "input_size"), integer(call, "hidden_size")
    if inputs is None or hidden is None or call.output_shape is None or call.settings.get("proj_size"):
        return ()
    ways, biases = (2 if call.settings.get("bidirectional") else 1), (2 if call.settings.get("bias") else 0)
    later = (integer(call, "num_layers") or 1) - 1
    rows = product(*(factor for factor in (ways, gates) if factor > 1), hidden)
    steps = prod(call.output_shape[:-1])
    first, next_ = inputs + hidden, ways * hidden + hidden

    def text(extra: int) -> str:
        more = f" + {extra}" if extra else ""
        upper = f" + {later}·{rows}·({ways * hidden} + {hidden}{more})" if later else ""
        return f"{rows}·({inputs} + {hidden}{more}){upper}"

    def total(extra: int) -> int:
        return ways * gates * hidden * (first + extra + later * (next_ + extra))

    directions = "directions · " if ways > 1 else ""
    rule = (
        f"{directions}{gates} gates · states · (inputs + states"
        if gates > 1
        else f"{directions}states · (inputs + states"
    )
    macs = f"{steps}·[{text(0)}]" if later else f"{steps}·{text(0)}"
    return (
        counted(
            "Parameters", f"{rule}{' + 2 biases' if biases else ''})", text(biases), total(biases), call.own_params
        ),
        counted("Multiply-adds", f"steps · {rule})", macs, steps * total(0), call.self_macs),
    )


def _operations(call: Call, gates: int, elementwise: int) -> int | None:
    """For each step, layer, direction and hidden unit.

    Args:
        call: a layer, or one step of it.
        gates: each adds what comes from the input to what comes from the last step, and two biases.
        elementwise: functions, products and sums that make the new state of the gates.
    """
    hidden, bias = call.settings.get("hidden_size"), call.settings.get("bias")
    layers, both_ways = call.settings.get("num_layers", 1), call.settings.get("bidirectional", False)
    if not (isinstance(hidden, int) and isinstance(layers, int) and isinstance(bias, bool) and call.input_shapes):
        return None
    steps = prod(call.input_shapes[0][:-1])
    return steps * layers * (2 if both_ways else 1) * hidden * (gates * (3 if bias else 1) + elementwise)


def _gates_and_states(call: Call, gates: int) -> int:
    """In float32, of each step: gates, states, and parts of these. Libraries keep more, each as it likes."""
    hidden, layers = call.settings.get("hidden_size"), call.settings.get("num_layers", 1)
    if not isinstance(hidden, int) or not isinstance(layers, int) or not call.input_shapes:
        return 0
    directions = 2 if call.settings.get("bidirectional", False) else 1
    return 4 * prod(call.input_shapes[0][:-1]) * layers * directions * hidden * _KEPT[gates]


_KEPT = {4: 6, 3: 7, 1: 1}  # values for each hidden unit, by the number of gates, as PyTorch's own step keeps them


def _recurrent(names: tuple[str, ...], gates: int, elementwise: int, sentence: str = "") -> Kind:
    return Kind(
        names,
        Family.LINEAR,
        keeps_beside=partial(_gates_and_states, gates=gates),
        other=partial(_operations, gates=gates, elementwise=elementwise),
        sentence=sentence,
        costs=partial(_costs, gates=gates),
    )


_lstm = partial(_recurrent, gates=4, elementwise=9)  # σ σ σ tanh tanh; f·c + i·g; o·tanh c
_gru = partial(_recurrent, gates=3, elementwise=8)  # σ σ tanh; r·n; (1 − z)·n + z·h
_rnn = partial(_recurrent, gates=1, elementwise=1)  # tanh

KINDS = (
    _lstm(
        ("LSTM", "lstm"),
        sentence="Reads a sequence step by step and keeps a memory, which gates of its own fill, hold and empty.",
    ),
    _lstm(("LSTMCell", "lstm_cell")),
    _gru(
        ("GRU", "gru"),
        sentence="Reads a sequence step by step and keeps a state, which two gates renew: an LSTM with fewer parts.",
    ),
    _gru(("GRUCell", "gru_cell")),
    _rnn(
        ("RNN", "rnn_tanh", "rnn_relu"),
        sentence="Reads a sequence step by step; each state is made of the input and of the last state.",
    ),
    _rnn(("RNNCell", "rnn_tanh_cell", "rnn_relu_cell")),
)

"""The rows that a report of a drawn network must have, written down without running it."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawn_nodes import Node, Shape


@dataclass(frozen=True)
class Row:
    """What is known of a call before it runs."""

    path: str
    kind: str
    module: bool
    call_number: int
    parent: int | None
    inputs_from: tuple[int, ...]
    output: Shape
    own_params: int
    self_macs: int


@dataclass
class _Tensor:
    producer: int | None = None  # None: the network's own input


@dataclass
class _Walk:
    rows: list[Row] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    counted: set[int] = field(default_factory=set)

    def add(self, node: Node, path: str, parent: int | None, sources: list[_Tensor]) -> int:
        self.numbers[path] = self.numbers.get(path, 0) + 1
        known = tuple(dict.fromkeys(each.producer for each in sources if each.producer is not None))
        owner = node.ties or node
        params = 0 if id(owner) in self.counted else node.params
        self.counted.add(id(owner))
        row = Row(
            path, node.kind, node.module is not None, self.numbers[path], parent, known, node.output, params, node.macs
        )  # fmt: skip
        self.rows.append(row)
        return len(self.rows) - 1

    def run(self, node: Node, path: str, parent: int | None, data: _Tensor) -> _Tensor:
        """Add the rows of one call of ``node`` and return what it makes."""
        index = self.add(node, path, parent, [data])
        if not node.children:
            made = data if node.keeps else _Tensor()
            made.producer = index
            return made
        inner, ends = data, []
        for name, child in node.children:
            start = data if node.form in ("residual", "branches") else inner
            inner = self.run(child, f"{path}.{name}".lstrip("."), index, start)
            ends.append(inner)
        if node.form in ("residual", "branches"):
            kind, sources = ("add", [data, inner]) if node.form == "residual" else ("cat", ends)
            joined = Node(None, kind, node.output)
            return _Tensor(self.add(joined, f"{path}.{kind}".lstrip("."), index, sources))
        return inner


def expected_rows(node: Node) -> list[Row]:
    walk = _Walk()
    walk.run(node, "", None, _Tensor())
    return walk.rows

"""Values and gradients by PyTorch of the operations whose semantics are subtle: test/golden/ops/*.json.

    python ops_goldens.py

Each file is a list of { name, inputs, attributes, output, gradOutput, grads }. Tensors are { shape, data } (row-major).
`grads` holds d sum(output * gradOutput) / d input for every floating input. Everything is computed in float64 from
inputs rounded to float32, then rounded to float32. Inputs are sin(f j) over the flat index j; `gradOutput` is cos(f j).
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parents[2] / "test/golden/ops"


def wave(frequency: float, *shape: int, scale: float = 1.0, shift: float = 0.0) -> torch.Tensor:
    """sin(f j) * scale + shift, rounded to float32, kept in float64."""
    j = np.arange(int(np.prod(shape)), dtype=np.float64)
    values = (np.sin(frequency * j) * scale + shift).astype(np.float32)
    return torch.from_numpy(values.astype(np.float64)).reshape(shape)


def packed(tensor: torch.Tensor) -> dict:
    if not tensor.is_floating_point():
        return {"shape": list(tensor.shape), "data": tensor.reshape(-1).int().tolist()}
    values = tensor.detach().to(torch.float32).reshape(-1).numpy()
    return {"shape": list(tensor.shape), "data": [float(str(v)) for v in values]}


def case(name: str, function, inputs: dict[str, torch.Tensor], attributes: dict | None = None) -> dict:
    """Runs `function` on the inputs forwards and backwards."""
    for tensor in inputs.values():
        if tensor.is_floating_point():
            tensor.requires_grad_(True)
    output = function(*inputs.values())
    grad_output = torch.cos(0.37 * torch.arange(output.numel(), dtype=torch.float64)).reshape(output.shape)
    grad_output = grad_output.to(torch.float32).to(torch.float64)
    output.backward(grad_output)
    return {
        "name": name,
        "inputs": {key: packed(tensor) for key, tensor in inputs.items()},
        "attributes": attributes or {},
        "output": packed(output),
        "gradOutput": packed(grad_output),
        "grads": {key: packed(tensor.grad) for key, tensor in inputs.items() if tensor.is_floating_point()},
    }


def convolutions() -> list[dict]:
    """`padding` is top, left, bottom, right; groups are 1."""

    def conv(name, height, width, kernel, stride, padding, bias=True, batch=2):
        top, left, bottom, right = padding

        def function(x, weight, bias=None):
            return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, stride)

        inputs = {"x": wave(0.3, batch, 2, height, width), "weight": wave(0.7, 3, 2, kernel, kernel)}
        if bias:
            inputs["bias"] = wave(1.1, 3)
        return case(name, function, inputs, {"kernel": kernel, "stride": stride, "padding": list(padding)})

    return [
        conv("3x3", 4, 6, 3, 1, (1, 1, 1, 1)),
        conv("3x3 without padding and bias", 5, 4, 3, 1, (0, 0, 0, 0), bias=False),
        conv("3x3 stride 2, even size", 6, 4, 3, 2, (1, 1, 1, 1)),
        conv("3x3 stride 2, odd size", 5, 7, 3, 2, (1, 1, 1, 1)),
        conv("3x3 stride 2, padded right and bottom only, even size", 6, 4, 3, 2, (0, 0, 1, 1)),
        conv("3x3 stride 2, padded right and bottom only, odd size", 5, 7, 3, 2, (0, 0, 1, 1)),
        conv("1x1", 3, 5, 1, 1, (0, 0, 0, 0)),
        conv("patches: 2x2 stride 2", 4, 6, 2, 2, (0, 0, 0, 0), bias=False),
    ]


def resizing() -> list[dict]:
    """Output pixel i takes input pixel floor(i * in / out)."""

    def nearest(height, width, to_height, to_width):
        size = (to_height, to_width)
        x = {"x": wave(0.3, 2, 2, height, width)}
        return case(
            f"{height}x{width} to {to_height}x{to_width}",
            lambda x: F.interpolate(x, size=size, mode="nearest"),
            x,
            {"size": size},
        )

    return [
        nearest(2, 3, 4, 6),
        nearest(2, 3, 3, 5),
        nearest(3, 4, 5, 7),
        nearest(3, 2, 7, 3),
        nearest(5, 4, 3, 3),
        nearest(2, 2, 2, 2),
    ]


def normalisations() -> list[dict]:
    """Inputs are small, so that epsilon shows."""

    def group(eps, groups):
        inputs = {
            "x": wave(0.3, 2, 4, 3, 2, scale=4e-3, shift=1e-3),
            "weight": wave(0.9, 4, shift=1.0),
            "bias": wave(1.3, 4),
        }
        return case(
            f"group norm, {groups} groups, epsilon {eps}",
            lambda x, weight, bias: F.group_norm(x, groups, weight, bias, eps),
            inputs,
            {"groups": groups, "epsilon": eps},
        )

    layer = {"x": wave(0.3, 2, 3, 5, scale=4e-3), "weight": wave(0.9, 5, shift=1.0), "bias": wave(1.3, 5)}
    unit = {"x": wave(0.3, 3, 5)}
    pair = {"a": wave(0.3, 3, 5), "b": wave(0.5, 3, 5, shift=0.2)}
    return [
        group(1e-5, 2),
        group(1e-6, 2),
        group(1e-6, 4),
        group(1e-5, 1),
        case("layer norm", lambda x, weight, bias: F.layer_norm(x, (5,), weight, bias, 1e-5), layer, {"epsilon": 1e-5}),
        case("unit length", lambda x: x / x.norm(dim=-1, keepdim=True), unit, {"axis": -1}),
        case("cosine similarity", lambda a, b: F.cosine_similarity(a, b, dim=-1), pair, {"axis": -1}),
    ]


def attention() -> list[dict]:
    """query, key, value are [batch, length, heads * dim]; scale is 1 / sqrt(dim); causal: position i sees j <= i."""

    def attend(name, length, context, heads, dim, causal, batch=2):
        def function(query, key, value):
            q, k, v = (t.unflatten(-1, (heads, dim)).transpose(1, 2) for t in (query, key, value))
            return F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2)

        inputs = {
            "query": wave(0.3, batch, length, heads * dim, scale=2.0),
            "key": wave(0.7, batch, context, heads * dim, scale=2.0),
            "value": wave(1.1, batch, context, heads * dim),
        }
        return case(name, function, inputs, {"heads": heads, "causal": causal})

    return [
        attend("self", 4, 4, 2, 3, False),
        attend("cross, longer context", 3, 5, 2, 3, False),
        attend("cross, shorter context", 4, 1, 3, 2, False),
        attend("causal", 5, 5, 2, 3, True),
    ]


def activations() -> list[dict]:
    def over(name, function, attributes=None, **kinds):
        return case(name, function, {"x": wave(0.37, 4, 7, scale=5.0, **kinds)}, attributes)

    def geglu(x):
        value, gate = x.chunk(2, dim=-1)
        return value * F.gelu(gate)

    border = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0], dtype=torch.float64)
    return [
        over("gelu (erf)", F.gelu),
        over("quick gelu", lambda x: x * torch.sigmoid(1.702 * x)),
        over("silu", F.silu),
        over("sigmoid", torch.sigmoid),
        over("tanh", torch.tanh),
        case("geglu: the first half is the value, the second the gate", geglu, {"x": wave(0.37, 2, 3, 8, scale=3.0)}),
        over("softmax over the last axis", lambda x: x.softmax(-1), {"axis": -1}),
        over("softmax over axis 0", lambda x: x.softmax(0), {"axis": 0}),
        over("softmax of large values", lambda x: x.softmax(-1), {"axis": -1}, shift=1e4),
        over("log softmax", lambda x: x.log_softmax(-1), {"axis": -1}),
        case(
            "clip: the borders belong to the inside",
            lambda x: x.clamp(-1, 1),
            {"x": border.clone()},
            {"min": -1, "max": 1},
        ),
    ]


def layout() -> list[dict]:
    choose = torch.tensor([[1, 0, 1], [0, 0, 1]], dtype=torch.int32)
    ids = torch.tensor([[2, 0, 2, 1], [1, 2, 2, 2]], dtype=torch.int32)
    return [
        case(
            "gather of repeated rows",
            lambda table, ids: F.embedding(ids.long(), table),
            {"table": wave(0.3, 4, 3), "ids": ids},
        ),
        case(
            "where, broadcast",
            lambda condition, a, b: torch.where(condition.bool(), a, b),
            {"condition": choose, "a": wave(0.3, 2, 3), "b": wave(0.7, 3)},
        ),
        case(
            "concat", lambda a, b: torch.cat([a, b], 1), {"a": wave(0.3, 2, 1, 3), "b": wave(0.7, 2, 2, 3)}, {"axis": 1}
        ),
        case(
            "split, second part",
            lambda x: x.split([1, 3], 1)[1],
            {"x": wave(0.3, 2, 4, 3)},
            {"axis": 1, "sizes": [1, 3], "part": 1},
        ),
        case("slice", lambda x: x[:, 1:6:2], {"x": wave(0.3, 2, 7)}, {"axis": 1, "start": 1, "end": 6, "step": 2}),
        case(
            "pad",
            lambda x: F.pad(x, (2, 0, 0, 1)),
            {"x": wave(0.3, 2, 2, 3)},
            {"before": [0, 0, 2], "after": [0, 1, 0]},
        ),
        case("transpose", lambda x: x.permute(2, 0, 1), {"x": wave(0.3, 2, 3, 4)}, {"order": [2, 0, 1]}),
        case("broadcast add", lambda a, b: a + b, {"a": wave(0.3, 2, 3, 2), "b": wave(0.7, 3, 1)}),
        case("broadcast divide", lambda a, b: a / b, {"a": wave(0.3, 2, 1, 3), "b": wave(0.7, 4, 1, shift=2.0)}),
        case("matmul, broadcast batch", lambda a, b: a @ b, {"a": wave(0.3, 2, 3, 4), "b": wave(0.7, 4, 2)}),
    ]


def reductions() -> list[dict]:
    def reduce(name, function, axes, keep, x=None):
        attributes = {"axes": axes, "keepDims": keep}
        return case(
            f"{name} over {axes}{', kept' if keep else ''}",
            function(axes, keep),
            {"x": wave(0.3, 2, 3, 4) if x is None else x},
            attributes,
        )

    def mean(axes, keep):
        return lambda x: x.mean(axes, keepdim=keep)

    def total(axes, keep):
        return lambda x: x.sum(axes, keepdim=keep)

    def most(axes, keep):
        return lambda x: x.amax(axes, keepdim=keep)

    forms = [([2], True), ([1, 2], True), ([0, 2], False), ([0, 1, 2], False)]
    names = [("mean", mean), ("sum", total), ("max", most)]
    ties = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], dtype=torch.float64)
    return [
        *(reduce(name, function, axes, keep) for name, function in names for axes, keep in forms),
        reduce("max, ties share the gradient", most, [1], False, ties),
    ]


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for group in [convolutions, resizing, normalisations, attention, activations, layout, reductions]:
        lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in group())
        OUT.joinpath(f"{group.__name__}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

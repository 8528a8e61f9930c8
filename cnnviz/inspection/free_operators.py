"""Operators of PyTorch that are known to multiply and add nothing: normalisation, pooling, elementwise work, moves.

What is not known to be free is not free. Elementwise functions, reductions and views say of themselves what they are,
in PyTorch's own tags; the rest stands here by name, without its namespace, overload and the ``_`` of work in place.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from cnnviz.inspection.kinds.kind import Reads
from cnnviz.inspection.kinds.table import kind_named

_MADE = (
    "empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided", "zeros", "zeros_like",
    "new_zeros", "ones", "ones_like", "new_ones", "full", "full_like", "new_full", "fill", "zero", "eye", "arange",
    "range", "linspace", "logspace", "scalar_tensor", "tril_indices", "triu_indices", "bartlett_window",
    "blackman_window", "hamming_window", "hann_window", "kaiser_window", "complex", "polar", "_efficientzerotensor",
)  # fmt: skip
_DRAWN = (
    "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "random", "normal",
    "normal_functional", "uniform", "bernoulli", "binomial", "poisson", "multinomial", "exponential", "geometric",
    "cauchy", "log_normal", "native_dropout", "_standard_gamma", "_sample_dirichlet", "rrelu_with_noise",
    "rrelu_with_noise_functional",
)  # fmt: skip
_MOVED = (
    "_to_copy", "copy", "clone", "_unsafe_view", "_reshape_alias", "_copy_from", "_lazy_clone", "lift", "lift_fresh",
    "cat", "stack", "_stack", "_chunk_cat", "block_diag", "flip", "roll", "rot90", "repeat", "repeat_interleave",
    "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d",
    "replication_pad2d", "replication_pad3d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    "native_channel_shuffle", "im2col", "col2im", "index", "_unsafe_index", "_unsafe_masked_index", "index_select",
    "index_put", "_unsafe_index_put", "_index_put_impl", "index_fill", "index_copy", "index_add", "index_reduce",
    "gather", "scatter", "scatter_add", "scatter_reduce", "select_scatter", "slice_scatter", "diagonal_scatter",
    "as_strided_scatter", "masked_scatter", "masked_select", "masked_fill", "take", "put", "embedding",
    "embedding_renorm", "_embedding_bag", "_embedding_bag_forward_only", "diag_embed", "tril", "triu", "unsafe_split",
    "unsafe_split_with_sizes", "set", "resize", "resize_as", "_pack_padded_sequence", "where", "detach", "_to_sparse",
    "_to_sparse_csr", "_to_dense", "_coalesce", "_coalesced", "is_coalesced", "sparse_dim", "dense_dim", "_nnz",
    "_jagged_to_padded_dense_forward", "_padded_dense_to_jagged_forward",
    "_sparse_coo_tensor_unsafe", "_sparse_coo_tensor_with_dims_and_tensors",
)  # fmt: skip
_POOLED = (
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "max_pool2d_with_indices", "max_pool3d_with_indices", "fractional_max_pool2d", "fractional_max_pool3d",
    "quantized_max_pool1d", "quantized_max_pool2d", "quantized_max_pool3d",
    "max_unpool2d", "max_unpool3d", "grid_sampler_2d", "grid_sampler_3d", "_grid_sampler_2d_cpu_fallback",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "upsample_linear1d", "upsample_bilinear2d",
    "upsample_trilinear3d", "upsample_bicubic2d", "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa",
)  # fmt: skip
_NORMALISED = (
    "native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
    "_native_batch_norm_legit_functional", "_batch_norm_with_update", "_batch_norm_no_update", "cudnn_batch_norm",
    "miopen_batch_norm", "native_layer_norm", "native_group_norm", "native_norm", "norm", "renorm",
    "linalg_vector_norm", "_weight_norm_interface", "_fused_rms_norm", "batch_norm_update_stats",
)  # fmt: skip
_ELEMENTWISE = (
    "hardswish", "_softmax", "_log_softmax", "_safe_softmax", "_masked_softmax", "glu", "log_sigmoid_forward",
    "_prelu_kernel", "bucketize", "searchsorted", "isin", "floor_divide",
    "mse_loss", "smooth_l1_loss", "huber_loss", "soft_margin_loss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "nll_loss_forward", "nll_loss2d_forward",
    "multi_margin_loss", "multilabel_margin_loss_forward", "_fused_moving_avg_obs_fq_helper",
    "fake_quantize_per_tensor_affine", "fake_quantize_per_tensor_affine_cachemask",
    "fake_quantize_per_channel_affine", "fake_quantize_per_channel_affine_cachemask",
    "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams", "fused_moving_avg_obs_fake_quant",
    "quantize_per_tensor", "quantize_per_tensor_dynamic", "quantize_per_channel", "dequantize",
)  # fmt: skip
_REDUCED = (
    "all", "any", "amax", "amin", "aminmax", "argmax", "argmin", "max", "min", "mean", "sum", "nansum", "prod", "std",
    "std_mean", "var", "var_mean", "median", "nanmedian", "mode", "kthvalue", "topk", "sort", "argsort", "cumsum",
    "cumprod", "cummax", "cummin", "_cummax_helper", "_cummin_helper", "logcumsumexp", "_logcumsumexp", "logsumexp",
    "count_nonzero", "bincount", "histc", "trace", "nonzero", "nonzero_static", "_unique", "_unique2", "unique_dim",
    "unique_consecutive", "unique_dim_consecutive", "histogram",
)  # fmt: skip
_ASKED = (
    "_local_scalar_dense", "equal", "allclose", "is_same_size", "is_set_to", "is_pinned", "_is_all_true",
    "_is_any_true", "_has_same_storage_numel", "_assert_async", "_assert_scalar", "_assert_tensor_metadata",
    "_functional_assert_async", "sym_size", "sym_stride", "sym_numel", "sym_storage_offset", "record_stream", "size",
    "stride", "dim", "numel", "is_contiguous", "device", "layout",
)  # fmt: skip
_KNOWN = frozenset((*_MADE, *_DRAWN, *_MOVED, *_POOLED, *_NORMALISED, *_ELEMENTWISE, *_REDUCED, *_ASKED))
_TAGS = (torch.Tag.pointwise, torch.Tag.reduction)
_TORCHS = ("aten", "prim", "prims", "profiler")
_BOXES = ("nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")  # comparisons and interpolation
_QUANTIZED = (
    "add", "add_scalar", "mul", "mul_scalar", "cat", "batch_norm", "batch_norm2d", "relu6", "hardswish", "leaky_relu",
    "sigmoid", "elu", "celu", "softmax", "layer_norm", "group_norm", "instance_norm", "max_pool2d", "dropout", "clamp",
)  # fmt: skip
_SETTING = ("fill", "zero", "setitem", "masked_fill", "index_fill")
_BACKWARD = ("_backward_data", "_backward")


@cache
def is_free(operator: Any) -> bool:
    """Return True for an operator that is known to have no multiply-adds."""
    name = str(operator.__name__).partition(".")[0].rstrip("_")
    if operator.namespace == "torchvision":
        return name.lstrip("_").removesuffix("_backward") in _BOXES
    if operator.namespace == "profiler":
        return True
    if operator.namespace == "quantized":
        return name.removesuffix("_relu") in _QUANTIZED
    return operator.namespace in _TORCHS and (_tagged(operator) or _is_known(name))


@cache
def is_pointwise(name: str) -> bool:
    """Return True for a layer or function of PyTorch's that makes each value of the one in its place, or sets it."""
    kind, packet = kind_named(name), getattr(torch.ops.aten, name, None)
    tags = [getattr(packet, each).tags for each in packet.overloads()] if packet is not None else []
    is_one = name in _SETTING or (kind.reads is Reads.POINT and kind.along is None)
    return is_one or any(torch.Tag.pointwise in each for each in tags)


def _tagged(operator: Any) -> bool:
    return bool(operator.is_view) or any(tag in operator.tags for tag in _TAGS)


def _is_known(name: str) -> bool:
    """What is done to a list of tensors, copied or done backwards bears the name of what is done forwards."""
    forward = name.removeprefix("_foreach_").removesuffix("_copy")
    for ending in _BACKWARD:
        forward = forward.removesuffix(ending)
    return not {name, forward}.isdisjoint(_KNOWN) or _is_elementwise(forward)


def _is_elementwise(name: str) -> bool:
    packet = getattr(torch.ops.aten, name, None)
    return packet is not None and any(_tagged(getattr(packet, each)) for each in packet.overloads())

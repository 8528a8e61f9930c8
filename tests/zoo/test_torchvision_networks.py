"""torchvision's builders: all in the catalogue, with the figures that torchvision publishes, and inspected."""

from __future__ import annotations

from functools import partial

import pytest
from torchvision import models

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.inspection.tracing.meta import build_without_weights
from cnnviz.zoo import architectures, build, resolve
from cnnviz.zoo.catalog import Architecture, find, published_for

_ALL = [entry for entry in architectures() if entry.group == "torchvision"]
_MODULES = {
    "classification": models,
    "segmentation": models.segmentation,
    "detection": models.detection,
    "video": models.video,
}
_STATIC = [entry for entry in _ALL if entry.task in ("segmentation", "video")]
_RUNS_ITSELF = "ssdlite320_mobilenet_v3_large"  # in its constructor, to learn its channels: not without numbers
_DETECTORS = [entry for entry in _ALL if entry.task == "detection" and entry.title != _RUNS_ITSELF]


def _names(entries: list[Architecture]) -> list[str]:
    return [entry.title for entry in entries]


def _counted(report: Report) -> float:
    """10⁹ multiply-adds of the calls that have a formula."""
    return round(sum(call.self_macs or 0 for call in report.calls) / 1e9, 3)


@pytest.mark.parametrize("task", _MODULES)
def test_catalogue_holds_every_builder(task: str) -> None:
    assert set(_names([entry for entry in _ALL if entry.task == task])) == set(
        models.list_models(module=_MODULES[task])
    )


@pytest.mark.parametrize("entry", _ALL, ids=_names(_ALL))
def test_figures_are_those_that_torchvision_publishes(entry: Architecture) -> None:
    published = entry.published
    assert published is not None
    meta = models.get_model_weights(entry.title)[published.weights].meta
    measures = {name: value for figures in meta["_metrics"].values() for name, value in figures.items()}
    assert published.params == meta["num_params"]
    assert published.gmacs in (meta["_ops"], None)
    assert (published.gmacs is None) == ("rcnn" in entry.title)  # as many boxes as are proposed, and no number of them
    measure = {"mean": "miou", "box": "box_map", "keypoint": "kp_map", "top-1": "acc@1"}[published.measure.split()[0]]
    assert published.percent == measures[measure]
    assert len(meta["categories"] or range(1000)) == resolve(entry.name).num_classes


def test_listed_weights_of_classification_are_those_that_torchvision_publishes() -> None:
    for entry in _ALL:
        offered = list(models.get_model_weights(entry.title)) if entry.task == "classification" else []
        for listed, published in zip(entry.weights, offered, strict=True):
            figures = (published.name, published.meta["num_params"], published.meta["_ops"])
            assert (listed.name, listed.params, listed.gmacs) == figures


@pytest.mark.parametrize("entry", _STATIC, ids=_names(_STATIC))
def test_segmentation_and_video_have_the_published_totals(entry: Architecture) -> None:
    report, published = inspect(entry.name), entry.published
    assert published is not None
    assert report.status == "complete"
    assert report.totals.params == published.params
    assert report.totals.macs is not None
    assert round(report.totals.macs / 1e9, 3) == published.gmacs


@pytest.mark.parametrize("entry", _DETECTORS, ids=_names(_DETECTORS))
def test_detector_has_the_published_parameters(entry: Architecture) -> None:
    assert entry.published is not None
    model = build_without_weights(partial(build, resolve(entry.name)))
    assert sum(parameter.numel() for parameter in model.parameters()) == entry.published.params


def test_detector_with_a_fixed_number_of_boxes_has_the_published_totals() -> None:
    report, published = inspect(f"torchvision/{_RUNS_ITSELF}"), find(_RUNS_ITSELF).published
    assert published is not None
    assert report.status == "complete"
    assert report.totals.params == published.params
    assert _counted(report) == published.gmacs


def test_detector_that_looks_at_its_own_boxes_is_run_for_real() -> None:
    report = inspect("torchvision/fasterrcnn_mobilenet_v3_large_320_fpn", (3, 64, 96), options={"min_size": 64})
    assert report.status == "complete"
    paths = [call.path for call in report.children(0) if call.module]
    assert paths == ["transform", "backbone", "rpn", "roi_heads"]
    assert report.find("backbone").output_shape == (1, 256, 2, 3)  # type: ignore[union-attr]


def test_norms_of_a_detector_can_be_left_to_learn() -> None:
    frozen, free = (
        build_without_weights(partial(build, resolve("torchvision/fcos_resnet50_fpn", {"frozen_norm": flag})))
        for flag in (True, False)
    )
    learned = sum(parameter.numel() for parameter in free.parameters())
    norms = 2 * (64 + 3 * (2 * 64) + 3 * 256 + 256 + 4 * (2 * 128) + 4 * 512 + 512)
    norms += 2 * (6 * (2 * 256) + 6 * 1024 + 1024 + 3 * (2 * 512) + 3 * 2048 + 2048)
    assert learned - sum(parameter.numel() for parameter in frozen.parameters()) == norms
    assert set(free.state_dict()) - set(frozen.state_dict()) == {
        name for name in free.state_dict() if name.endswith("num_batches_tracked")
    }


def test_auxiliary_head_can_be_left_out() -> None:
    without = inspect("torchvision/fcn_resnet50", (3, 64, 64), options={"auxiliary_head": False})
    assert without.find("aux_classifier") is None
    assert len(without.calls[0].output_shapes) == 1


def test_input_of_a_video_network_has_frames() -> None:
    assert inspect("torchvision/r3d_18", (3, 4, 32, 32)).calls[0].output_shape == (1, 400)
    with pytest.raises(CnnvizError, match="no input size for r3d_18") as caught:
        resolve("r3d_18", None, (3, 112, 112))
    assert "C,T,H,W" in caught.value.hint
    with pytest.raises(CnnvizError, match="takes 3 input channels; 1 were given") as caught:
        resolve("r3d_18", None, (1, 16, 112, 112))
    assert "3,16,112,112" in caught.value.hint


def test_video_network_of_one_size_refuses_another() -> None:
    with pytest.raises(CnnvizError, match="16×224×224 frames and pixels; 16×112×112 were asked for"):
        inspect("torchvision/mvit_v1_b", (3, 16, 112, 112))


def test_published_figures_are_of_the_default_form_only() -> None:
    assert published_for(resolve("torchvision/fcn_resnet50")) == find("fcn_resnet50").published
    assert published_for(resolve("torchvision/fcn_resnet50", {"auxiliary_head": False})) is None
    assert published_for(resolve("torchvision/vgg11", {"num_classes": 10})) is None
    assert published_for(resolve("torchvision/r3d_18", None, (3, 8, 112, 112))) is None
    assert published_for(resolve("vgg11")) is None


def test_list_command_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    printed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert printed >= {entry.name for entry in architectures()}

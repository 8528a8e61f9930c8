from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from whole_data import read_data_set

from cnnviz.errors import CnnvizError
from cnnviz.places import data_sets_folder
from cnnviz.training.data.data_sets import DATA_SETS, find_data_set
from cnnviz.training.data.folder_tree import walk
from cnnviz.training.data.idx_files import places
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.data.layouts import locate


def sample() -> TrainAndTest:
    data_set = find_data_set("fashion-mnist-sample")
    found = locate(data_set)
    assert found is not None
    return read_data_set(data_set, found[0])


def test_every_class_of_the_sample_has_as_many_images_as_the_others() -> None:
    data = sample()
    assert np.bincount(data.train.labels).tolist() == [1000] * 10
    assert np.bincount(data.test.labels).tolist() == [200] * 10


def test_sample_has_the_counts_and_size_that_the_form_announces() -> None:
    data_set, data = find_data_set("fashion-mnist-sample"), sample()
    assert (len(data.train), len(data.test)) == (data_set.train_images, data_set.test_images)
    assert data.train.images.shape[1:] == (data_set.channels, data_set.size, data_set.size)
    assert data.train.class_names == data_set.class_names


@pytest.mark.parametrize(("part", "each"), [("train", 1000), ("test", 200)])
def test_sample_is_the_first_images_of_each_class_of_the_full_set_in_order(part: str, each: int) -> None:
    full_set = find_data_set("fashion-mnist")
    found = locate(full_set)
    if found is None:
        pytest.skip("the full Fashion-MNIST is not on this machine")
    full, ours = getattr(read_data_set(full_set, found[0]), part), getattr(sample(), part)
    chosen = np.sort(np.concatenate([np.flatnonzero(full.labels == label)[:each] for label in range(10)]))
    assert np.array_equal(ours.images, full.images[chosen])
    assert np.array_equal(ours.labels, full.labels[chosen])


def test_names_are_unique_and_class_names_match_their_number() -> None:
    assert len({data_set.name for data_set in DATA_SETS}) == len(DATA_SETS)
    assert all(len(data_set.class_names) == data_set.num_classes for data_set in DATA_SETS)


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(CnnvizError, match="fashion-mnist") as caught:
        find_data_set("fashon-mnist")
    assert "fashon-mnist" in caught.value.message


def test_user_data_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    assert data_sets_folder() == tmp_path
    monkeypatch.delenv("CNNVIZ_DATA")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert data_sets_folder() == tmp_path / "share" / "cnnviz" / "data"


def test_idx_files_are_found_in_their_other_spelling(idx_folder) -> None:
    folder = idx_folder()
    for file in list(folder.iterdir()):
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert places(walk(folder)) == [folder]

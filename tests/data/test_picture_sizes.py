"""The one size of all pictures: their own, that of the option, and what is said where there is none."""

import numpy as np
import pytest
from PIL import Image

from dlcli.data.load import describe
from dlcli.data.settings import DataSettings
from dlcli.errors import ConfigError
from tests.data.pictures import encoded, folder, picture, pixels, refused, source, two_classes
from tests.data.rig import loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def test_size_channels_and_grey_among_colour(tmp_path):
    files = two_classes() | {"cat/grey.png": encoded(picture(5, mode="L"))}
    folder(tmp_path / "set", files)
    data = loaded(source(), tmp_path)
    assert data.inputs["x"] == (6, 8, 3) and (np.ptp(pixels(data)[3], axis=-1) == 0).all()
    assert loaded(source(size=[4, 5], channels=1, fit="crop"), tmp_path).inputs["x"] == (4, 5, 1)
    folder(tmp_path / "greys", two_classes(mode="L"))
    assert loaded(source("greys"), tmp_path).inputs["x"] == (6, 8, 1)


def test_mixed_sizes(tmp_path):
    files = two_classes() | {"cat/odd.png": encoded(picture(size=(9, 9))), "dog/odd.png": encoded(picture(size=(7, 9)))}
    where, problem, hint = refused(tmp_path, files, ConfigError)
    assert where == "data.source.image_folder.path" and hint.startswith("add `size: [6, 8]`") and "`fit`" in hint
    assert "the pictures of set have 3 sizes, 6x8 to 9x9 (height x width)" in problem
    assert loaded(source(size=[6, 8]), tmp_path).rows == {"train": 8}
    more = {f"cat/m{i}.png": encoded(picture(size=(20 + 10 * i, 40 - i))) for i in range(2)}
    more |= two_classes(1) | {"dog/9.png": encoded(picture(size=(7, 9)))}
    assert refused(tmp_path / "mixed", more, ConfigError)[2].startswith("add `size: [7, 9]`, which is their median")


def test_pictures_larger_than_a_network_reads(tmp_path):
    """By their own size or by the option; and what is advised is taken."""
    files = two_classes(1, mode="1", size=(1600, 3200))
    said = refused(tmp_path, files, ConfigError)
    problem = "1,600x3,200 are 5,120,000 pixels, and a network reads at most 4,194,304"
    assert said[:2] == ["data.source.image_folder.path", problem] and said[2].startswith("`size: [128, 256]`")
    assert loaded(source(size=[128, 256]), tmp_path).inputs["x"] == (128, 256, 1)
    assert refused(tmp_path, files, ConfigError, size=[8192, 8192])[0] == "data.source.image_folder.size"
    files["cat/odd.png"] = encoded(Image.new("1", (1600, 6000)))
    assert refused(tmp_path, files, ConfigError)[2].startswith("`size: [128, 256]`")


def test_other_sizes_than_those_for_training(tmp_path):
    """The training pictures decide, whatever the others have."""
    folder(tmp_path / "set", two_classes())
    folder(tmp_path / "more", two_classes(size=(4, 4)))
    folder(tmp_path / "mixed", two_classes() | {"cat/odd.png": encoded(picture(size=(9, 9)))})
    for option, name, said in (("test", "more", "of more are 4x4 (height x width)"),
                               ("validation", "mixed", "of mixed have 2 sizes, 6x8 to 9x9")):
        with pytest.raises(ConfigError) as caught:
            loaded(source(**{option: name}), tmp_path)
        assert caught.value.where == f"data.source.image_folder.{option}" and said in caught.value.problem
        assert caught.value.problem.endswith("those for training are 6x8") and caught.value.hint.startswith(
            "add `size: [6, 8]`"
        )


def test_what_is_said_of_the_pictures_own_sizes(tmp_path):
    folder(tmp_path / "set", two_classes())
    folder(tmp_path / "more", {"cat/0.png": encoded(picture(size=(9, 9)))})
    folder(tmp_path / "mixed", two_classes(size=(4, 4)) | {"cat/odd.png": encoded(picture(size=(9, 9)))})
    settings = DataSettings(source=source(test="more", validation="mixed", size=[6, 8], fit="pad"))
    assert describe(settings, tmp_path).about == [
        "set: 6 pictures of 6x8",
        "mixed: 7 pictures of 2 sizes, 4x4 to 9x9, brought to 6x8 by `fit: pad`",
        "more: 1 picture of 9x9, brought to 6x8 by `fit: pad`",
    ]

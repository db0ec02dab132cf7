"""What is said to those who come from other tools, or forget what pictures need."""

import pytest

from dlcli.config import ConfigErrors, parse
from dlcli.config.build import outline
from tests.config.rig import around, problems

PICTURES = """\
data: {source: {digits: {layout: channel}}, split: {train: 0.8, test: 0.2}}
network:
  - conv2d: {filters: 4, kernel: 3}
  - relu
  - linear: {units: 10}
loss: cross_entropy
optimizer: adam
"""
PIXELS = PICTURES.replace("{digits: {layout: channel}}", "{declared: {shape: [8, 8, 1], target: [8, 8], classes: 3}}").replace(
    ", split: {train: 0.8, test: 0.2}", "")


def hint(text: str, *overrides: str) -> str | None:
    with pytest.raises(ConfigErrors) as errors:
        outline(parse(text.encode(), "c.yaml", overrides))
    return errors.value.problems[0].hint


@pytest.mark.parametrize("layer, words", [
    ("conv2d: {filters: 4, kernel: 3, activation: relu}", "layer of its own"), ("linear: {units: 4, in_features: 3}", "take it out"),
    ("maxpool2d: {size: 2}", "did you mean 'max_pool2d'?"), ("conv2d: {filters: 4, kernel_size: 3}", "did you mean 'kernel'?"),
])
def test_layers_of_other_tools(layer, words):
    assert words in problems(around(f"  - {layer}"))[0].hint


def test_a_list_of_two_numbers_is_not_mended_to_a_list_of_one():
    text = PICTURES.replace("digits: {layout: channel}", "image_folder: {path: a, size: 32}")
    assert problems(text)[0].hint == "write [32, 32]"


def test_fgsm_has_no_steps_that_would_be_passed_over():
    problem = problems(PICTURES + "training: {adversarial: {attack: fgsm, epsilon: 0.1, step_size: 0.05}}\n")[0]
    assert "step_size is an option of pgd" in problem.problem and problem.path == "training.adversarial"


def test_a_public_set_is_no_source_and_the_way_to_it_is_told():
    assert "dlcli datasets get mnist" in problems(PICTURES.replace("{digits: {layout: channel}}", "MNIST"))[0].hint
    assert "datasets" not in problems(PICTURES.replace("{digits: {layout: channel}}", "digitz"))[0].hint


def test_a_shape_that_an_override_spoils_is_shown_there():
    def path(*overrides: str) -> tuple:
        with pytest.raises(ConfigErrors) as errors:
            outline(parse(PICTURES.encode(), "c.yaml", overrides))
        return errors.value.problems[0].line, errors.value.problems[0].path

    assert path("network.conv2d1.conv2d.kernel=9") == (None, "network.0.conv2d.kernel")
    assert path("network.conv2d1.conv2d.kernel=9", "network.conv2d1.conv2d.filters=3") == (None, "network.0.conv2d.kernel")
    assert path("data.source={digits: {layout: stored}}") == (3, "network.0")


def test_pictures_that_lie_in_a_row():
    assert "`layout: channel` of the source gives 8 x 8 x 1" in hint(PICTURES, "data.source=digits")
    assert "shape: [8, 8, 1]" in hint(PICTURES, "data.source={digits: {layout: stored}}")
    assert hint(PICTURES, "data.source=iris") is None
    assert hint(PICTURES, "data.source=digits", "network.conv2d1.conv2d.filters=3", "+network.before.conv2d1=relu") is None


def test_a_class_for_each_place_where_a_picture_has_one():
    assert "`flatten` or `global_avg_pool`" in hint(PICTURES)


def test_places_that_the_target_does_not_have():
    assert "`padding: same`" in hint(PIXELS, "network.linear1.linear.units=3")
    assert "no `flatten`" in hint(PIXELS, "+network.before.linear1=flatten", "network.linear1.linear.units=3")
    assert hint(PIXELS.replace("linear: {units: 10}", "conv2d: {filters: 9, kernel: 1}"), "network.conv2d1.conv2d.padding=same") == (
        "set network.conv2d2.conv2d.filters=3")

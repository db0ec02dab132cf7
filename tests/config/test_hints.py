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
PIXELS = PICTURES.replace(
    "{digits: {layout: channel}}", "{declared: {shape: [8, 8, 1], target: [8, 8], classes: 3}}"
).replace(", split: {train: 0.8, test: 0.2}", "")


def hint(text: str, *overrides: str) -> str | None:
    with pytest.raises(ConfigErrors) as errors:
        outline(parse(text.encode(), "c.yaml", overrides))
    return errors.value.problems[0].hint


@pytest.mark.parametrize(
    "layer, words",
    [
        ("conv2d: {filters: 4, kernel: 3, activation: relu}", "layer of its own"),
        ("linear: {units: 4, in_features: 3}", "take it out"),
        ("maxpool2d: {size: 2}", "did you mean 'max_pool2d'?"),
        ("conv2d: {filters: 4, kernel_size: 3}", "did you mean 'kernel'?"),
    ],
)
def test_layers_of_other_tools(layer, words):
    assert words in problems(around(f"  - {layer}"))[0].hint


PLACES = """\
data: {{source: {{csv: {{file: a.csv, target: y{csv}}}}}{data}}}
network: [{{linear: {{units: 2{linear}}}}}{layer}]
loss: {{cross_entropy: {{{loss}}}}}
optimizer: {{adam: {{{adam}}}}}
training: {{epochs: 2{training}}}
{config}
"""
LIKELY = {
    "csv": {"sep: ';'": "'delimiter'", "separator: ;": "'delimiter'", "drop: alive": "`drop: [alive]`",
            "label: x": "'target'",
            "drop: 'alive, who'": "`drop: [alive, who]`", "drop: 'a: b'": '`drop: ["a: b"]`',
            "na_values: [x]": "'missing'",
            "columns: a": "`columns: [a]`", "filename: x": "'file'", "class_names: {}": "'labels'",
            "batch_size: 4": "'training.batch_size'",
            "samples: 4": "options: file", "usecols: [a]": "options: file", "index_col: 0": "'drop'"},
    "data": {"test_size: 0.2": "'data.split.test'", "delimiter: ;": "'data.source.csv.delimiter'",
             "normalize: true": "[standardize]",
             "shuffle: true": "'data.split.shuffle' or 'training.shuffle'", "flip: true": "`data.augment: [flip]`",
             "num_workers: 2": "`--workers N`", "rows: 5": "options: source", "steps: 3": "'training.steps'"},
    "linear": {"neurons: 3": "'units'", "out_features: 3": "'units'", "activation: relu": "layer of its own",
               "sep: x": "csv.delimiter'",
               "dropout: 0.5": "`- dropout`", "kernel_initializer: he": "'init'",
               "weights: x": "`class_weights` of the loss"},
    "layer": {", {conv2d: {filters: 2, kernel_size: 3}}": "'kernel'",
              ", {conv2d: {filters: 2, kernel: 3, strides: 2}}": "'stride'",
              ", {conv2d: {out_channels: 2, kernel: 3}}": "'filters'", ", {max_pool2d: {pool_size: 2}}": "'size'",
              ", {max_pool2d: {kernel_size: 2}}": "'size'", ", {dropout: {rate: 0.2}}": "'p'",
              ", {upsample: {size: 2}}": "'factor'",
              ", {dropout: {keep_prob: 0.2}}": "1 - keep_prob", ", {leaky_relu: {alpha: 0.2}}": "'negative_slope'",
              ", {attention: {heads: 2}}": "layers: ", ", {relu: {name: x}}": "`{relu: {...}, name: ...}`",
              ", {linear: {units: 2, inputs: x}}": "`{linear: {...}, from: ...}`"},
    "loss": {"weights: [1, 2]": "'class_weights'", "class_weight: balanced": "'class_weights'",
             "ignore_index: 0": "'ignore'",
             "from_logits: true": "take it out", "smoothing: 0.1": "'label_smoothing'"},
    "adam": {"lr: 0.1": "'learning_rate'", "weights: 3": "`class_weights` of the loss", "decay: 0.1": "'weight_decay'",
             "learning_rte: 0.1": "did you mean 'learning_rate'", "momentum: 0.9": "'optimizer.<rmsprop|sgd>.momentum'",
             "scheduler: x": "the section 'schedule'", "clip_norm: 1": "'training.clip_norm'",
             "betas: [0, 0]": "'beta1'"},
    "training": {"lr: 0.1": "'optimizer.<kind>.learning_rate'", "n_epochs: 3": "'epochs'", "batch: 3": "'batch_size'",
                 "optimizer: adam": "the section 'optimizer'", "warmup_steps: 3": "linear_warmup",
                 "device: cuda": "on the CPU",
                 "class_weights: [1]": "'loss.<cross_entropy|focal>.class_weights'",
                 "patience: 3": "'training.early_stop.patience'",
                 "validation_split: 0.2": "'data.split.validation'", "accuracy: true": "`metrics: [accuracy]`",
                 "iterations: 3": "'steps'", "max_steps: 3": "'steps'", "l2: 0.1": "'optimizer.<kind>.l2'"},
    "config": {"epochs: 3": "'training.epochs'", "samples: 3": "sections: name", "weights: run1": "`init_from`",
               "optimiser: adam": "did you mean 'optimizer'", "model: []": "'network'",
               "sep: x": "'data.source.csv.delimiter'",
               "random_state: 1": "'seed'", "hidden_layers: [3]": "'network'", "steps: 10": "'training.steps'"},
}
"""What a person may well write in each place, and what the hint must then say."""


def test_likely_slips_and_names_of_other_tools():
    assert sum(map(len, LIKELY.values())) > 70
    wrong = {}
    for place, slips in LIKELY.items():
        for written, words in slips.items():
            inner = written if place in ("loss", "adam", "config", "layer") else f", {written}"
            text = PLACES.format(**{name: inner if name == place else "" for name in LIKELY})
            said = [problem.hint for problem in problems(text)]
            if words not in str(said[0] if said else None):
                wrong[place, written] = said, words
    assert not wrong


def test_true_is_not_the_value_of_an_option_that_wants_a_number():
    found = problems(PLACES.format(**{name: ", early_stop: true" if name == "training" else "" for name in LIKELY}))
    assert found[0].hint == "write `early_stop: {patience: 10}`, or another number"


def test_a_list_of_two_numbers_is_not_mended_to_a_list_of_one():
    text = PICTURES.replace("digits: {layout: channel}", "image_folder: {path: a, size: 32}")
    assert problems(text)[0].hint == "write `size: [32, 32]`"


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
    assert path("network.conv2d1.conv2d.kernel=9", "network.conv2d1.conv2d.filters=3") == (
        None,
        "network.0.conv2d.kernel",
    )
    assert path("data.source={digits: {layout: stored}}") == (3, "network.0")


def test_pictures_that_lie_in_a_row():
    assert "`layout: channel` of the source gives 8 x 8 x 1" in hint(PICTURES, "data.source=digits")
    assert "shape: [8, 8, 1]" in hint(PICTURES, "data.source={digits: {layout: stored}}")
    assert hint(PICTURES, "data.source=iris") is None
    assert (
        hint(PICTURES, "data.source=digits", "network.conv2d1.conv2d.filters=3", "+network.before.conv2d1=relu") is None
    )


def test_a_class_for_each_place_where_a_picture_has_one():
    assert "`flatten` or `global_avg_pool`" in hint(PICTURES)


def test_places_that_the_target_does_not_have():
    assert "`padding: same`" in hint(PIXELS, "network.linear1.linear.units=3")
    assert "no `flatten`" in hint(PIXELS, "+network.before.linear1=flatten", "network.linear1.linear.units=3")
    assert hint(
        PIXELS.replace("linear: {units: 10}", "conv2d: {filters: 9, kernel: 1}"), "network.conv2d1.conv2d.padding=same"
    ) == ("set network.conv2d2.conv2d.filters=3")

"""Adversarial training: what is learned, exactly, on any workers, and after an interruption."""

import numpy as np
import pytest

from dlcli.engine.batches import Batch
from dlcli.errors import ConfigError
from dlcli.training import attacks
from dlcli.training.scores import weights_sha256
from tests.training.pictures import build
from tests.training.runs import StopAt, make_run, train
from tests.training.test_attacks import network

PGD = "training.adversarial={attack: pgd, epsilon: 0.1, steps: 3}"
FGSM = "training.adversarial={attack: fgsm, epsilon: 0.1}"


def accuracy(e, trained, attack: str | None) -> float:
    """On the test split, as it is or attacked."""
    n = network(e, attacks.build(attacks.parse(attack), e.data, e.graph, e.dtype) if attack else None)
    n.parameters.load(trained.network.parameters.arrays())
    n.add(e.data.splits["test"])
    with n:
        right = []
        n.evaluate(n.handles[0], lambda a: right.append((a.y.argmax(-1) == a.t).sum()))
    return sum(right) / len(e.data.splits["test"])


def test_it_brings_back_what_the_attack_takes():
    long = ("training.epochs=15", "data.prepare=[standardize: {per: all}]")
    plain, hardened = build(*long), build(*long, PGD.replace("0.1", "0.06"))
    weak, strong = train(plain), train(hardened)
    assert accuracy(plain, weak, None) > 0.95 and accuracy(hardened, strong, None) > 0.95
    for attack in ("fgsm:0.06", "pgd:0.06:20"):
        assert accuracy(plain, weak, attack) < 0.6 < 0.85 < accuracy(hardened, strong, attack)


@pytest.mark.parametrize("adversarial", [PGD, FGSM, PGD.replace("}", ", share: 0.5}")])
def test_workers_and_forms_give_the_same_bytes(adversarial):
    e = build(adversarial, "training.shards=4")
    found = {how: weights_sha256(train(e, workers=how[0], form=how[1]).network)
             for how in ((1, "serial"), (4, "serial"), (2, "thread"), (2, "fork"), (4, "fork"))}
    assert len(set(found.values())) == 1, found
    assert found[1, "serial"] != weights_sha256(train(build("training.shards=4")).network)


def test_a_share_that_is_rounded_to_no_row_is_refused():
    """32 rows in 4 shards of 8: a twentieth of 8 is no row, and of the whole batch it would be 1.6."""
    small = PGD.replace("}", ", share: 0.05}")
    with pytest.raises(ConfigError, match="share: attacks no row: each shard of a batch has 8 rows at most"):
        build(small, "training.shards=4")
    assert build(small, "training.shards=2").adversary().share == 0.05      # 16 rows each: one of them
    with pytest.raises(ConfigError, match="attacks no row"):
        build(small, "training.shards=2", "training.batch_size=4")


def test_what_is_interrupted_goes_on_with_the_same_bytes(tmp_path):
    whole = weights_sha256(train(build(PGD)).network)
    run = make_run(tmp_path, build(PGD))
    with run.lock():
        stopped = train(build(PGD), run, [StopAt(7)])
        assert stopped.status == "interrupted"
        assert weights_sha256(train(build(PGD), run, resumed=True).network) == whole


def test_accumulated_batches_are_attacked_each():
    """Two half batches give the step of the whole one: every row is attacked with the weights from before the step."""
    same = ("~network.batch_norm1", "~network.dropout1", "training.dtype=float64", "training.shards=1",
            "optimizer={sgd: {learning_rate: 0.1}}")
    one = train(build(*same, FGSM))
    two = train(build(*same, FGSM, "training.batch_size=16", "training.accumulate=2"))
    assert np.allclose(one.network.theta, two.network.theta, rtol=0, atol=1e-12)


def test_running_statistics_are_updated_once_a_step():
    """With steps of length zero, the network is the same as without any attack, running statistics included."""
    still = "training.adversarial={attack: fgsm, epsilon: 1e-30}"
    assert weights_sha256(train(build(still)).network) == weights_sha256(train(build()).network)


def test_the_random_place_depends_on_epoch_step_and_shard():
    e = build(
        "training.adversarial={attack: pgd, epsilon: 0.1, steps: 1, step_size: 1e-9}",
        "training.shards=2",
        "training.epochs=1",
    )
    n = e.network(1, "serial")
    n.parameters.initialize(e.seed)
    n.add(e.data.splits["train"])
    n.start()
    n.reorder(n.handles[0], np.zeros_like(n.handles[0].order))      # the same row everywhere

    def places(epoch, step):
        n.step(n.handles[0], [Batch(0, e.batch_rows)], epoch, step, 0.0)
        return [plan.values[n.graph.inputs["input"]].copy() for plan in n.layers(True, e.batch_rows)]

    found = [rows[i].tobytes() for rows in (*places(0, 0), *places(0, 1), *places(1, 0)) for i in (0, 1)]
    assert len(set(found)) == len(found)
    assert places(0, 1)[1][0].tobytes() == found[6]


def test_validation_stays_clean():
    e = build(PGD, "data.split.validation=0.25", "training.epochs=1")
    trained = train(e)
    network = trained.network
    x = np.concatenate([plan.values[network.graph.inputs["input"]] for plan in network.layers(False, 80)])
    assert np.array_equal(x, e.data.splits["validation"].inputs["x"])

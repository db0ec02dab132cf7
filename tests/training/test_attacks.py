"""Attacks and noise: what they compute, in which units, within which bounds, and that they repeat."""

from copy import copy

import numpy as np
import pytest

from dlcli.engine import registry
from dlcli.engine.attack import facing
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.plan_context import Places
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError
from dlcli.training import attacks
from dlcli.training.scores import Scores, evaluate
from dlcli.training.settings import Adversarial
from tests.training.pictures import CONFIG, PIXELS, build, pictures
from tests.training.runs import train


def network(e, attack=None, workers=1, form="serial", rows=None):
    """A network in evaluation mode, with parameters drawn from the seed."""
    limits = e.limits(workers, form)._replace(evaluation=rows or 16, shards=2, workers=workers)
    found = Network(e.graph, e.loss, e.data.target, None, limits, e.dtype, e.seed, train=False, attack=attack)
    found.parameters.initialize(e.seed)
    return found


def seen(e, attack, **how) -> tuple[np.ndarray, float]:
    """What the network reads of the test split under an attack, in picture units, and the mean loss."""
    n = network(e, attack, **how)
    n.add(e.data.splits["test"])
    n.start()
    read = []

    def each(a):
        read.append(np.concatenate([plan.values[n.graph.inputs["input"]].copy() for plan in n.layers(False, len(a.y))]))

    loss = n.evaluate(n.handles[0], each)
    n.close()
    scale = attacks.scale_of(e.data, "x")
    return (np.concatenate(read) - scale.low) / (scale.high - scale.low), loss


def moved(e, **settings):
    return attacks.build(Adversarial(**settings), e.data, e.graph, e.dtype)


@pytest.mark.parametrize("prepare", ["[]", "[standardize]", "[standardize: {per: all}]", "[minmax: {range: [-1, 1]}]"])
def test_pictures_go_from_black_to_white_whatever_the_preparation(prepare):
    e = build(f"data.prepare={prepare}")
    scale = attacks.scale_of(e.data, "x")
    assert scale.picture
    back = (e.data.splits["test"].inputs["x"] - scale.low) / (scale.high - scale.low)
    assert back == pytest.approx(pictures("test") / 255, abs=1e-5)


@pytest.mark.parametrize("prepare", ["[]", "[standardize]", "[minmax]"])
@pytest.mark.parametrize("layout", ["flat", "channel"])
def test_the_ink_of_digits_goes_from_0_to_16(prepare, layout):
    """Not bytes, and pictures all the same: what 0.1 means is a tenth of the way from black to white, not of a
    sixteenth of it."""
    source = CONFIG[CONFIG.index("  source:"):CONFIG.index("network:")]
    text = CONFIG.replace(source, f"  source: {{digits: {{layout: {layout}}}}}\n  split: {{train: 0.8, test: 0.2}}\n")
    text = text.replace("units: 2", "units: 10")
    if layout == "flat":
        text = text[:text.index("network:")] + "network: [{linear: {units: 10}}]\n" + text[text.index("loss:"):]
    data = build(f"data.prepare={prepare}", text=text).data
    plain = np.asarray(build(text=text).data.splits["test"].inputs["x"])
    scale = attacks.scale_of(data, "x")
    assert scale.picture and plain.max() == 16
    live = scale.high - scale.low > 1e-3
    back = (np.asarray(data.splits["test"].inputs["x"]) - scale.low)[:, live] / (scale.high - scale.low)[live]
    assert back == pytest.approx(plain[:, live] / 16, abs=1e-4)


def test_fgsm_is_one_step_of_epsilon_up_the_sign_of_the_gradient():
    e = build("data.prepare=[standardize: {per: all}]", "training.dtype=float64")
    x = pictures("test") / 255
    n = network(e)
    n.close()
    front = Network(
        facing(e.graph),
        e.loss,
        e.data.target,
        None,
        Limits(batch=len(x), evaluation=len(x), form="serial"),
        e.dtype,
        e.seed,
    )
    front.parameters.load(n.parameters.arrays())
    front.add(e.data.splits["test"])
    front.start()
    front.gradient(front.handles[0])
    slope = front.layers(True)[0].gradients[front.graph.inputs["input"]]
    assert np.abs(slope).max() > 0
    found, loss = seen(e, moved(e, attack="fgsm", epsilon=0.1))
    assert found == pytest.approx(np.clip(x + 0.1 * np.sign(slope), 0, 1), abs=1e-9)
    assert loss > seen(e, None)[1] + 0.05


def test_pgd_stays_within_its_bounds_and_is_worse_than_fgsm_and_noise():
    e = build("data.prepare=[standardize]")
    x = pictures("test") / 255
    found, loss = seen(e, moved(e, attack="pgd", epsilon=0.1, steps=12))
    assert np.abs(found - x).max() == pytest.approx(0.1, abs=1e-5)
    assert -1e-6 < found.min() and found.max() < 1 + 1e-6
    assert loss >= seen(e, moved(e, attack="fgsm", epsilon=0.1))[1] - 1e-4
    start, _ = seen(e, moved(e, attack="pgd", epsilon=0.1, steps=1, step_size=1e-7))
    inner = (x > 0.1) & (x < 0.9)
    assert 0.02 < np.abs(start - x)[inner].std() < 0.1 and np.abs(start - x).max() <= 0.1 + 1e-5     # the random place


def test_the_length_of_a_step_is_in_units_of_epsilon():
    e = build()
    x = pictures("test") / 255
    found, _ = seen(e, moved(e, attack="pgd", epsilon=0.2, steps=1, step_size=0.05))
    again, _ = seen(e, moved(e, attack="pgd", epsilon=0.2, steps=1, step_size=1e-9))
    inner = (x > 0.3) & (x < 0.7) & (np.abs(again - x) < 0.1)
    assert np.abs(found - again)[inner] == pytest.approx(0.05, abs=1e-5)


def test_only_a_share_of_the_rows_is_moved():
    e = build()
    x = pictures("test") / 255
    found, _ = seen(e, moved(e, attack="fgsm", epsilon=0.1, share=0.25), rows=16)
    rows = np.abs(found - x).reshape(len(x), -1).max(1) > 0.01
    assert rows[:16].tolist() == ([True] * 2 + [False] * 6) * 2         # a quarter of each of two shards of eight


@pytest.mark.parametrize("workers, form", [(2, "fork"), (2, "thread"), (1, "serial")])
def test_workers_change_nothing(workers, form):
    e = build()
    results = []
    for how in ((1, "serial"), (workers, form)):
        for attack in (None, moved(e, attack="pgd", epsilon=0.1, steps=3)):
            n = network(e, attack, *how)
            rows, scores = e.data.splits["test"], Scores(n, {m.kind: copy(m) for m in e.metrics}, e.data.target, None)
            handle = n.add(attacks.Noisy(rows, e.data, 0.2, 1) if attack is None else rows)
            with n:
                results.append(evaluate(n, handle, scores))
    assert results[:2] == results[2:]


def test_noise_is_the_same_for_a_row_wherever_it_is_read():
    e = build("data.prepare=[standardize]")
    test = e.data.splits["test"]
    noisy = attacks.Noisy(test, e.data, 0.1, seed=5)

    def read(rows, source=noisy):
        x, t = np.empty((len(rows), *PIXELS), np.float32), np.empty(len(rows), np.int64)
        source.gather(np.array(rows), Places({"x": x}, {}, t, None))
        return x

    assert (
        read([3, 0, 7])[0].tobytes()
        == read([3])[0].tobytes()
        != read([3], attacks.Noisy(test, e.data, 0.1, seed=6))[0].tobytes()
    )
    clean = test.inputs["x"]
    two = read([3, 7]) - np.stack([clean[3], clean[7]])
    assert abs(np.corrcoef(two[0].ravel(), two[1].ravel())[0, 1]) < 0.5      # every row has noise of its own
    scale = attacks.scale_of(e.data, "x")
    back = (read(range(len(noisy))) - scale.low) / (scale.high - scale.low)
    x = pictures("test") / 255
    inner = (x > 0.45) & (x < 0.55)
    assert (back - x)[inner].std() == pytest.approx(0.1, rel=0.1) and abs((back - x)[inner].mean()) < 0.01
    assert -1e-6 < back.min() and back.max() < 1 + 1e-6


TABLE = """
data: {source: iris, split: {train: 0.6, test: 0.4}, prepare: [standardize]}
network: [{linear: {units: 8}}, tanh, {linear: {units: 3}}]
loss: cross_entropy
optimizer: {sgd: {learning_rate: 0.1}}
training: {epochs: 1}
"""


def test_tables_are_moved_in_the_units_that_the_network_reads():
    e = build(text=TABLE)
    scale = attacks.scale_of(e.data, "x")
    assert not scale.picture and (scale.high - scale.low == 1).all()
    found, _ = seen(e, moved(e, attack="fgsm", epsilon=0.3))
    assert np.abs(found - e.data.splits["test"].inputs["x"]) == pytest.approx(0.3, abs=1e-6)


def test_what_cannot_be_attacked_is_refused():
    step = TABLE.replace("tanh", "step")
    with pytest.raises(ConfigError, match="step1 has no derivative"):
        build("training.adversarial={epsilon: 0.1}", text=step)
    assert build(text=step).adversary() is None
    unread = [
        ("a", {"linear": {"units": 2}}, "input.x"),
        ("b", "step", "a"),
        ("c", {"embedding": {"units": 3}}, "input.word"),
    ]
    with pytest.raises(ValueError, match="inputs: the output does not depend on them"):
        attacks.attackable(
            Graph(
                [Entry(name, registry.create("layers", kind), (source,)) for name, kind, source in unread],
                {"input.x": Spec((4,)), "input.word": Spec((), "int", size=5)},
            )
        )
    table = Entry("embedding1", registry.create("layers", {"embedding": {"units": 3}}), ("input",))
    with pytest.raises(ValueError, match="the inputs are ids"):
        attacks.attackable(Graph([table], {"input": Spec((), "int", size=5)}))
    graph = build(text=TABLE).graph
    assert attacks.attackable(graph) == {"input": "x"}
    graph.nodes[0].layer.remember("h", (3,))
    with pytest.raises(ValueError, match="carries a state"):
        attacks.attackable(graph)


@pytest.mark.parametrize(
    "text",
    [
        "fgsm",
        "fgsm:",
        "fgsm:x",
        "fgsm:0",
        "fgsm:-1",
        "fgsm:nan",
        "fgsm:inf",
        "fgsm:0.1:3",
        "pgd:0.1:0",
        "pgd:0.1:2.5",
        "pgd:0.1:3:4",
        "cw:0.1",
        "",
    ],
)
def test_what_is_no_attack(text):
    with pytest.raises(ValueError, match="expected fgsm:EPSILON"):
        attacks.parse(text)


def test_texts_of_attacks():
    a, b, c = map(attacks.parse, ("fgsm:0.1", "pgd:0.2", "pgd:8e-3:40"))
    assert (a.attack, a.epsilon, attacks.steps_of(a)) == ("fgsm", 0.1, 1)
    assert (b.attack, b.epsilon, attacks.steps_of(b)) == ("pgd", 0.2, 10)
    assert (c.attack, c.epsilon, attacks.steps_of(c)) == ("pgd", 0.008, 40)


def test_a_trained_network_falls_to_the_attack():
    e = build("training.epochs=15")
    trained = train(e)
    n = network(e, moved(e, attack="fgsm", epsilon=0.25))
    n.parameters.load(trained.network.parameters.arrays())
    n.add(e.data.splits["test"])
    with n:
        attacked = evaluate(n, n.handles[0], Scores(n, {m.kind: copy(m) for m in e.metrics}, e.data.target, None))
    assert trained.scores.results()["accuracy"] > 0.9 and attacked["accuracy"] < 0.5

"""Go on with a text as a trained network would."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, warn

if TYPE_CHECKING:
    import numpy as np

    from dlcli.api._stored import Stored
    from dlcli.data.vocabulary import Vocabulary
    from dlcli.evaluation.generation import Sampling

MOST = 10_000_000
"""Tokens that are written, at most."""


def generate(
    run: str | Path,
    prompt: str | None = None,
    *,
    tokens: int = 500,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    each: Callable[[str], object] | None = None,
    checkpoint: str | None = None,
    runs: str | Path = "runs",
    notify: Listener | None = None,
) -> dict:
    """Write on after a text, one token at a time, by a network that was trained on a running text (`data.source.text`).

    prompt: what it goes on with; None: the end of a line. tokens: how many are written. temperature, top_k, top_p,
    seed: how they are drawn (`evaluation.generation.Sampling`). each: is given each piece of text as soon as it is
    there. The rest: as for `evaluate`.

    Returns {"run", "status", "prompt", "text": what was written, "tokens", "seconds", "stepwise": whether the network
    went one step at a time, "warnings"}.
    """
    from dlcli.api import _stored

    run, runs = _arguments.name_of("run", run), _arguments.path("runs", runs)
    prompt, tokens = _arguments.text("prompt", prompt), _arguments.whole("tokens", tokens, most=MOST)
    how = _sampling(temperature, top_k, top_p, seed)
    with call(notify) as warnings:
        model = _stored.asked(run, runs, _arguments.checkpoint(checkpoint))
        vocabulary = _vocabulary(model)
        written = _write(model, vocabulary, _read(vocabulary, prompt), tokens, how, each)
        return {"run": str(model.run.path), "status": model.run.status, "prompt": prompt, **written,
                "warnings": warnings}


def _write(model: "Stored", vocabulary: "Vocabulary", ids: "np.ndarray", tokens: int, how: "Sampling", each) -> dict:
    from dlcli.api import _stored
    from dlcli.api._experiment import settle
    from dlcli.engine.blas import single_thread
    from dlcli.evaluation.generation import Writer, write

    single_thread()
    settle()
    arrays, pieces = {}, []
    _stored.load(model, arrays.update)
    writer, start = Writer(_stored.rowless_experiment(model), arrays), time.monotonic()
    with writer:
        for piece in write(writer, vocabulary, ids, tokens, how):
            pieces.append(piece)
            if each is not None:
                each(piece)
    return {"text": "".join(pieces), "tokens": tokens, "seconds": time.monotonic() - start,
            "stepwise": writer.stepwise}


def _sampling(temperature, top_k, top_p, seed) -> "Sampling":
    from dlcli.errors import UsageError
    from dlcli.evaluation.generation import Sampling

    (temperature,) = _arguments.numbers("temperature", temperature) or [1.0]
    if not 0 <= temperature <= 1e6:
        raise UsageError("temperature", f"expected 0 or more, got {temperature:g}",
                         "0 takes the likeliest token, 1 draws by the network's probabilities")
    (top_p,) = _arguments.numbers("top_p", top_p) or [None]
    if top_p is not None and not 0 < top_p <= 1:
        raise UsageError("top_p", f"expected a probability above 0, got {top_p:g}")
    return Sampling(temperature, _arguments.whole("top_k", top_k), top_p, _arguments.whole("seed", seed, least=0))


def _vocabulary(model: "Stored") -> "Vocabulary":
    """That of a run which was trained to go on with a text."""
    from dlcli.errors import RunError

    fitted = model.described.fitted
    if not fitted.target.follows:
        kind = next(iter(fitted.source))
        raise RunError(str(model.run.path), f"was trained on `{kind}`, and cannot go on with a text",
                       "train on `data.source.text`; `dlcli predict` answers for other data")
    return fitted.columns[0].vocabulary


def _read(vocabulary: "Vocabulary", prompt: str | None) -> "np.ndarray":
    """The ids of a prompt; of none, those of the end of a line. Tokens that the network does not know are said."""
    from dlcli.errors import UsageError

    if prompt == "":
        raise UsageError("prompt", "is empty", "leave it out, and the network begins a line")
    ids = vocabulary.encode("\n" if prompt is None else prompt)
    if not len(ids):
        raise UsageError("prompt", f"holds no {vocabulary.tokenizer.unit}")
    if prompt is not None and (unknown := int((ids == 0).sum())):
        warn(f"{unknown:,} of {len(ids):,} {vocabulary.tokenizer.unit}s of the prompt are unknown: the training text "
             "does not have them")
    return ids

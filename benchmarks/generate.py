"""The row of `dlcli generate`: one character after the other, each drawn from what the network expects."""

import numpy as np

from benchmarks.recurrent import TOKENS, Work, ours
from benchmarks.timing import beside
from dlcli.data.vocabulary import Vocabulary
from dlcli.evaluation.generation import Sampling, Writer, write

UNITS, WIDTH, LENGTH = 256, 64, 500
WORK = f"embedding {WIDTH}, lstm {UNITS}, linear {TOKENS}, a character at a time, temperature 1"


class Mine:
    """The loop of `dlcli generate` itself. text: what it wrote last."""

    def __init__(self):
        side = ours(Work("generate", "lstm", steps=1), 1, UNITS)
        side.close()
        self.initial = side.initial
        self.vocabulary = Vocabulary(kind="characters", options={}, tokens=[chr(48 + i) for i in range(TOKENS)])
        self.writer = Writer(side.trainer.experiment, side.initial).__enter__()

    def __call__(self, temperature: float = 1.0) -> str:
        pieces = write(self.writer, self.vocabulary, np.ones(1, np.int64), LENGTH, Sampling(temperature))
        return "".join(pieces)


class Torch:
    """The same with LSTMCell, from the same weights, or from its own without `start`."""

    def __init__(self, start: dict[str, np.ndarray]):
        import torch

        self.torch = torch
        self.embedding, self.cell = torch.nn.Embedding(TOKENS, WIDTH), torch.nn.LSTMCell(WIDTH, UNITS)
        self.linear = torch.nn.Linear(UNITS, TOKENS)
        if start:
            w = {name: torch.from_numpy(np.array(value)) for name, value in start.items()}
            own = ((self.embedding.weight, w["embedding.W"]), (self.cell.weight_ih, w["recurrent.W"].T),
                   (self.cell.weight_hh, w["recurrent.U"].T), (self.cell.bias_ih, w["recurrent.b"]),
                   (self.cell.bias_hh, torch.zeros(4 * UNITS)), (self.linear.weight, w["linear.W"].T),
                   (self.linear.bias, w["linear.b"]))
            with torch.no_grad():
                for mine, theirs in own:
                    mine.copy_(theirs)

    def __call__(self, temperature: float = 1.0) -> str:
        torch, text = self.torch, ""
        token = torch.ones(1, dtype=torch.long)
        state = torch.zeros(1, UNITS), torch.zeros(1, UNITS)
        with torch.inference_mode():
            for _ in range(LENGTH):
                state = self.cell(self.embedding(token), state)
                scores = self.linear(state[0])
                scores[0, 0] = -torch.inf
                if temperature:
                    token = torch.multinomial(torch.softmax(scores / temperature, -1), 1)[0]
                else:
                    token = scores.argmax(-1)
                text += chr(48 + token.item())
        return text


def alone(_: str, side: str) -> None:
    contestant = Mine() if side == "dlcli" else Torch({})
    contestant(), contestant()


def measure(samples: int, one_core: bool = False) -> dict:
    """The row, in milliseconds a character. Both are checked to give the same text if the likeliest is taken."""
    mine = Mine()
    peer = Torch(mine.initial)
    if one_core:
        peer.torch.set_num_threads(1)
    if mine(0.0)[:100] != peer(0.0)[:100]:
        raise SystemExit("generate: the two sides do not write the same")
    our_ms, fastest, peer_ms = beside(mine, {"PyTorch": peer}, samples, LENGTH, one_core)
    mine.writer.__exit__()
    return {"id": "generate", "work": WORK, "peer": fastest, "dlcli_ms": our_ms, "peer_ms": peer_ms,
            "ratio": peer_ms / our_ms}

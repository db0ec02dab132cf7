"""What the caller tells its workers: numbers by name, in memory that all of them see."""

import ctypes
import mmap

from dlcli.engine.streams import Stream


class Control(ctypes.Structure):
    """What is to be done now. Written by the caller between two runs of a pool, read by all workers within one.

    A field of a structure on the shared map, rather than an index into it: a read takes some 10 ns more, of a step's
    100 us, and says what it reads.
    """

    _fields_ = [
        ("plan", ctypes.c_int64),               # number of the `BatchPlan`
        ("segment", ctypes.c_int64),            # and of its segment
        ("handle", ctypes.c_int64),             # number of the data set's `Handle`
        ("start", ctypes.c_int64),              # place in its order from which the batch is read
        ("epoch", ctypes.c_int64),
        ("step", ctypes.c_int64),               # counted from 0
        ("micro", ctypes.c_int64),              # which of the batches whose gradients are accumulated, from 0
        ("last", ctypes.c_int64),               # 1: the last of them
        ("moved", ctypes.c_int64),              # steps that an attack has moved the batch's inputs
        ("learning_rate", ctypes.c_double),
        ("scale", ctypes.c_double),             # 1 / weight of all rows of the step
        ("factor", ctypes.c_double),            # of norm clipping, for the gradient
    ]

    @classmethod
    def shared(cls) -> "Control":
        """One on anonymous memory, zeroed; forked workers and their parent see it alike."""
        return cls.from_buffer(mmap.mmap(-1, ctypes.sizeof(cls)))

    def place(self, stream: Stream, shard: int) -> None:
        """Put a stream to where the batch stands, for one of its shards."""
        stream.at(self.epoch, self.step, self.micro << 32 | shard)

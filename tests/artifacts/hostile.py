"""Files that are no checkpoint, each in its own way: (name, bytes, what the error must say)."""

import json
import struct

STATE = json.dumps({"schema_version": 1, "step": 3})
META = {"__metadata__": {"state": STATE}}


def build(header, body: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def tensor(name="w", dtype="F32", shape=(2,), offsets=(0, 8), **more) -> dict:
    return META | {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}}


def without(field: str) -> dict:
    header = tensor()
    del header["w"][field]
    return header


def state(text: str) -> bytes:
    return build({"__metadata__": {"state": text}})


GOOD = build(tensor(), bytes(8))
PAIR = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def pair(begin: int, end: int) -> dict:
    return META | PAIR | {"b": {"dtype": "F32", "shape": [(end - begin) // 4], "data_offsets": [begin, end]}}


BINARY = [
    ("empty", b"", "byte 0"),
    ("seven bytes", bytes(7), "byte 7"),
    ("length 0", build(b"", length=0), "byte 0"),
    ("length 2^63", build(META, length=1 << 63), "byte 0"),
    ("length 2^64-1", build(META, length=(1 << 64) - 1), "byte 0"),
    ("length beyond the file", build(META, length=10_000), "byte 0"),
    ("length above the limit", build(META, length=(16 << 20) + 1), "16,777,216"),
    ("not JSON", build(b"{'a': 1}"), "not JSON"),
    ("JSON list", build(b"[1, 2]"), "byte 8"),
    ("not UTF-8", build(b'{"\xff": 1}'), "not UTF-8"),
    ("leading space", build(b" " + json.dumps(META).encode()), "byte 8"),
    ("NaN", build(b'{"a": NaN}'), "NaN"),
    ("Infinity", build(b'{"a": -Infinity}'), "Infinity"),
    ("beyond float64", build(b'{"a": 1e999}'), "float64"),
    ("10,000 deep", build(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"), "header"),
    ("1 M entries", build(b"{" + b",".join(b'"%d":{}' % i for i in range(1_000_000)) + b"}"), "at most"),
    (
        "tensor twice",
        build(b'{"w": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}, "w": {}}'),
        "'w' stands twice",
    ),
    (
        "field twice",
        build(b'{"w": {"dtype": "F32", "dtype": "F64", "shape": [0], "data_offsets": [0, 0]}}'),
        "'dtype' stands twice",
    ),
    ("field missing", build(without("shape"), bytes(8)), "'w'"),
    ("field too many", build(tensor(code="os.system"), bytes(8)), "'w'"),
    ("entry not an object", build(META | {"w": [1]}, bytes(8)), "'w'"),
    ("dtype unknown", build(tensor(dtype="F33"), bytes(8)), "dtype"),
    ("dtype object", build(tensor(dtype="O"), bytes(8)), "dtype"),
    ("dtype BF16", build(tensor(dtype="BF16", shape=(4,)), bytes(8)), "dtype"),
    ("dtype a list", build(tensor(dtype=["F32"]), bytes(8)), "dtype"),
    ("dtype U8", build(tensor(dtype="U8", shape=(8,)), bytes(8)), "dtype"),
    ("shape negative", build(tensor(shape=(-2,)), bytes(8)), "shape"),
    ("shape float", build(tensor(shape=(2.0,)), bytes(8)), "shape"),
    ("shape bool", build(tensor(shape=(2, True)), bytes(8)), "shape"),
    ("shape huge", build(tensor(shape=(1 << 40, 1 << 40)), bytes(8)), "'w'"),
    ("shape of 33 axes", build(tensor(shape=(1,) * 32 + (2,)), bytes(8)), "shape"),
    ("offsets reversed", build(tensor(offsets=(8, 0)), bytes(8)), "data_offsets"),
    ("offsets negative", build(tensor(offsets=(-8, 0)), bytes(8)), "data_offsets"),
    ("offsets overlap", build(pair(4, 12), bytes(12)), "'b': data_offsets"),
    ("offsets with a hole", build(pair(12, 20), bytes(20)), "'b': data_offsets"),
    ("offsets outside the file", build(tensor(shape=(4,), offsets=(0, 16)), bytes(8)), "16 bytes"),
    ("offsets of three", build(tensor(offsets=(0, 8, 8)), bytes(8)), "data_offsets"),
    ("trailing bytes", GOOD + b"PK", "10 are stored"),
    ("truncated", GOOD[:-1], "7 are stored"),
    ("metadata not text", build({"__metadata__": {"state": 3}}), "__metadata__"),
    ("metadata a list", build({"__metadata__": ["state"]}), "__metadata__"),
    ("name ../../x", build(tensor(name="../../x"), bytes(8)), "not a name"),
    ("name with NUL", build(tensor(name="a\0"), bytes(8)), "not a name"),
    ("name of 1 MB", build(tensor(name="a" * 1_000_000), bytes(8)), "not a name"),
    ("bool that is 2", build(tensor(dtype="BOOL", shape=(8,)), b"\1\0\2\0\0\0\0\0"), "bool"),
    (
        "a digest that is wrong",
        build(META | {"sha256": {"dtype": "U8", "shape": [32], "data_offsets": [0, 32]}}, bytes(32)),
        "sha256",
    ),
    (
        "a digest before the end",
        build(
            META
            | {
                "sha256": {"dtype": "U8", "shape": [32], "data_offsets": [0, 32]},
                "w": {"dtype": "F32", "shape": [1], "data_offsets": [32, 36]},
            },
            bytes(36),
        ),
        "not the last",
    ),
    ("a digest of another type", build(tensor(name="sha256"), bytes(8)), "U8"),
]

STATES = [
    ("no metadata", build(b"{}"), "not a checkpoint of dlcli"),
    ("no state", build({"__metadata__": {"format": "pt"}}), "not a checkpoint of dlcli"),
    ("not JSON", state("{"), "not JSON"),
    ("a list", state("[]"), "expected an object"),
    ("10,000 deep", state("[" * 10_000), "state"),
    ("name twice", state('{"step": 1, "step": 2}'), "twice"),
    ("a lone surrogate", state('{"schema_version": 1, "step": 1, "label": "\\ud800"}'), "surrogate"),
    ("a number of 5,000 digits", state('{"step": ' + "9" * 5000 + "}"), "state"),
    ("no version", state('{"step": 1}'), "schema_version"),
    ("version text", state('{"schema_version": "1", "step": 1}'), "schema_version"),
    ("version bool", state('{"schema_version": true, "step": 1}'), "schema_version"),
    ("version newer", state('{"schema_version": 2, "step": 1}'), "upgrade"),
    ("version 0", state('{"schema_version": 0, "step": 1}'), "schema_version"),
    ("no step", state('{"schema_version": 1}'), "step"),
    ("step negative", state('{"schema_version": 1, "step": -1}'), "step"),
    ("step 2^70", state('{"schema_version": 1, "step": 1180591620717411303424}'), "step"),
    ("step float", state('{"schema_version": 1, "step": 1.0}'), "step"),
]

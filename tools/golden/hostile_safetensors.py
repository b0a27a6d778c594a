"""Makes tests/cases/checkpoint-hostile/cases.json: folders of safetensors that are not what they say, each with a part of the one
error that they must give. With --check every single file is also given to the `safetensors` package, which must refuse it too.

    python tools/golden/hostile_safetensors.py [--check] > tests/cases/checkpoint-hostile/cases.json

A file is text, or {"header", "repeat", "length", "data", "fill", "cut"}: the header's text (repeated), the length that is written
before it (the true one when absent), so many bytes of data, cut to so many bytes in all.
"""
import json
import struct
import sys

GOOD = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'


def header(**entries) -> str:
    return json.dumps(entries, separators=(",", ":"))


def entry(dtype="F32", shape=(2,), offsets=(0, 8), **more) -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)} | more


def one(name: str, error: str, **file) -> dict:
    return {"name": name, "files": {"model.safetensors": file}, "error": error}


def index(name: str, error: str, weight_map, **shards) -> dict:
    text = weight_map if isinstance(weight_map, str) else json.dumps({"weight_map": weight_map})
    return {"name": name, "files": {"model.safetensors.index.json": text} | {f"{key}.safetensors": file for key, file in shards.items()}, "error": error}


SHARD = {"header": GOOD, "data": 8}
INSIDE = "is not the name of a .safetensors file in the same folder"
CASES = [
    *[one(f"cut to {cut} bytes", "cut off" if cut >= 8 else f"found {cut} bytes", header=GOOD, data=8, cut=cut) for cut in (0, 1, 7, 8, 9, 40, 8 + len(GOOD) - 1)],
    *[one(f"data cut by {8 - left}", "do not lie within", header=GOOD, data=left) for left in (0, 1, 7)],
    one("header length 0", "should begin with", header=GOOD, data=8, length=0),
    one("header length 1", "not valid JSON", header=GOOD, data=8, length=1),
    one("header one byte short", "not valid JSON", header=GOOD, data=8, length=len(GOOD) - 1),
    one("header one byte long", "do not lie within", header=GOOD, data=8, length=len(GOOD) + 1),
    one("header as long as the file and its length", "cut off", header=GOOD, data=8, length=len(GOOD) + 16),
    one("header of 100 MB and one byte", "at most 100000000", header=GOOD, data=8, length=100_000_001),
    one("header of 100 MB that is not there", "cut off", header=GOOD, data=8, length=100_000_000),
    *[one(f"header length 2^{power}", "at most 100000000", header=GOOD, data=8, length=2**power) for power in (31, 32, 62, 63)],
    one("header length 2^64 - 1", "at most 100000000", header=GOOD, data=8, length=2**64 - 1),
    one("header length 2^64 - 8", "at most 100000000", header=GOOD, data=8, length=2**64 - 8),
    one("leading space", "should begin with", header=" " + GOOD, data=8),
    one("a list", "should begin with", header="[1,2]"),
    one("text behind the header's map", "not valid JSON", header=GOOD + "{}", data=8),
    one("a map never closed", "not valid JSON", header='{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}', data=8),
    one("maps a hundred thousand deep", "a map where none belongs", header='{"a":', repeat=100_000),
    one("a list of ten thousand numbers", "more than 16", header='{"a":{"dtype":"U8","data_offsets":[0,1],"shape":[' + "1," * 9_999 + "1]}}", data=1),
    one("a name twice", "appears twice", header='{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data=8),
    one("a name twice, written otherwise", "appears twice", header='{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}', data=16),
    one("a key twice", "appears twice", header='{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data=8),
    one("metadata of numbers", "should be a string", header='{"__metadata__":{"format":1},' + GOOD[1:], data=8),
    one("no dtype", "expected dtype, shape and data_offsets", header='{"a":{"shape":[2],"data_offsets":[0,8]}}', data=8),
    one("unknown dtype", "is not one of", header=header(a=entry(dtype="Q4_0")), data=8),
    one("dtype in small letters", "is not one of", header=header(a=entry(dtype="f32")), data=8),
    one("negative size", "shape should hold numbers", header=header(a=entry(shape=[-2])), data=8),
    one("negative sizes whose product fits", "shape should hold numbers", header=header(a=entry(shape=[-1, -2])), data=8),
    one("size as text", "shape should hold numbers", header=header(a=entry(shape=["2"])), data=8),
    one("size as a fraction", "shape should hold numbers", header=header(a=entry(shape=[2.0])), data=8),
    one("offset as a fraction", "data_offsets should hold numbers", header='{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8e0]}}', data=8),
    one("sizes that overflow", "overflows", header=header(a=entry(shape=[2**32, 2**32])), data=8),
    one("sizes that overflow to a fitting number", "overflows", header=header(a=entry(shape=[2**62 + 2])), data=8),
    one("sizes that overflow with a zero behind", "overflows", header=header(a=entry(shape=[2**62, 2**62, 0], offsets=[0, 0]))),
    one("a terabyte promised by eight bytes", "takes 1099511627776 bytes", header=header(a=entry(shape=[2**38])), data=8),
    one("a terabyte of offsets", "do not lie within", header=header(a=entry(shape=[2**38], offsets=[0, 2**40])), data=8),
    one("offsets reversed", "do not lie within", header=header(a=entry(offsets=[8, 0])), data=8),
    one("offset 2^63", "data_offsets should hold", header=header(a=entry(offsets=[0, 2**63])), data=8),
    one("offset 2^64", "data_offsets should hold", header=header(a=entry(offsets=[0, 2**64])), data=8),
    one("one offset", "two numbers", header=header(a=entry(offsets=[8])), data=8),
    one("shape larger than its bytes", "takes 12 bytes", header=header(a=entry(shape=[3])), data=8),
    one("two tensors on the same bytes", "begins at byte 0", header=header(a=entry(), b=entry()), data=8),
    one("two tensors that overlap by half", "begins at byte 4", header=header(a=entry(), b=entry(offsets=[4, 12])), data=12),
    one("a hole between tensors", "begins at byte 12", header=header(a=entry(), b=entry(offsets=[12, 20])), data=20),
    one("a hole before the first", "begins at byte 4", header=header(a=entry(offsets=[4, 12])), data=12),
    one("bytes behind the last", "the file at 9", header=header(a=entry()), data=9),
    one("a zip behind the last", "the file at", header=header(a=entry()), data=64, fill="P"),
    {"name": "a pickle beside nothing", "files": {"pytorch_model.bin": "\x80\x02"}, "error": "never pickles"},
    index("shard that is not there", "Missing (1): b.safetensors", {"a": "a.safetensors", "b": "b.safetensors"}, a=SHARD),
    index("two shards that are not there", "Missing (2): b.safetensors, c.safetensors", {"a": "a.safetensors", "b": "b.safetensors", "c": "c.safetensors"}, a=SHARD),
    *[index(f"shard {path!r}", INSIDE, {"a": path}, a=SHARD) for path in (
        "../a.safetensors", "..\\a.safetensors", "/etc/passwd", "/tmp/a.safetensors", "sub/a.safetensors", "./a.safetensors", ".a.safetensors",
        "a.safetensors\x00", "a\x00.safetensors", "a.bin", "", "..", "a" * 300 + ".safetensors")],
    *[index(f"shard of type {type(value).__name__}", INSIDE, {"a": value}, a=SHARD) for value in (1, None, True, ["a.safetensors"], {"file": "a.safetensors"})],
    index("weight_map is a list", "should be a map", '{"weight_map": []}', a=SHARD),
    index("no weight_map", "weight_map", "{}", a=SHARD),
    index("index is not JSON", "index.json", "{", a=SHARD),
    index("index is empty", "index.json", "", a=SHARD),
    index("tensor that no shard has", "lack tensors", {"a": "a.safetensors", "b": "a.safetensors"}, a=SHARD),
    index("tensor that the index does not name", "does not name", {"b": "a.safetensors"}, a=SHARD),
    index("tensor in another shard than the index says", "places in", {"a": "b.safetensors", "b": "a.safetensors"}, a=SHARD,
          b={"header": GOOD.replace('"a"', '"b"'), "data": 8}),
    index("a shard that is cut off", "cut off", {"a": "a.safetensors"}, a=SHARD | {"cut": 30}),
    index("one tensor under both names", "under two names", {"model.norm.weight": "a.safetensors", "model.language_model.norm.weight": "b.safetensors"},
          a={"header": GOOD.replace('"a"', '"model.norm.weight"'), "data": 8}, b={"header": GOOD.replace('"a"', '"model.language_model.norm.weight"'), "data": 8}),
]


def bytes_of(file: dict) -> bytes:
    text = (file["header"] * file.get("repeat", 1)).encode()
    return (struct.pack("<Q", file.get("length", len(text))) + text + file.get("fill", "x").encode() * file.get("data", 0))[: file.get("cut", 1 << 30)]


if "--check" in sys.argv:
    import safetensors

    for case in CASES:
        if list(case["files"]) != ["model.safetensors"]:
            continue
        try:
            safetensors.deserialize(bytes_of(case["files"]["model.safetensors"]))
            print(f"the package accepts: {case['name']}", file=sys.stderr)
        except Exception:
            pass
print('{"cases": [\n' + ",\n".join(" " + json.dumps(case) for case in CASES) + "\n]}")

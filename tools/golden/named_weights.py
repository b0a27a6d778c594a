"""Weights from their names: the same float32 numbers as src/checkpoint/random_weights.cc, which says how."""

import numpy

MASK = (1 << 64) - 1


def fnv1a(name: str) -> int:
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def draw(name: str, count: int) -> numpy.ndarray:
    """[-1, 1) on a grid of 2^-23, element i from SplitMix64 at position i of the stream that the name seeds."""
    z = numpy.uint64(fnv1a(name)) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    return ((z >> numpy.uint64(40)).astype(numpy.int64) - (1 << 23)).astype(numpy.float32) * numpy.float32(2.0**-23)


def named_weight(name: str, shape: tuple[int, ...]) -> numpy.ndarray:
    """The tensor of a released name."""
    count = int(numpy.prod(shape, dtype=numpy.int64))
    center, scale = numpy.float32(0), numpy.float32(0.1)
    if name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "ln_q.weight")):
        center = numpy.float32(1)
    elif not name.endswith(".bias") and count:
        scale = numpy.float32(numpy.sqrt(3.0 / (count // shape[0])))
    return (center + scale * draw(name, count)).reshape(shape)


def released_name(name: str) -> str:
    """As ReleasedName in src/checkpoint/tensors.cc."""
    for nested, released in (("model.language_model.", "model."), ("model.visual.", "visual.")):
        if name.startswith(nested):
            return released + name[len(nested) :]
    return name

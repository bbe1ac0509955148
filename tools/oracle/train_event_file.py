"""Writes test/golden/train: CRC-32C checksums and an event file by TensorBoard's own classes, and reads the file back."""

import base64
import io
import json
import random
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c, masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

GOLDEN = Path(__file__).parents[2] / "test" / "golden" / "train"
TIME = 1_700_000_000.25
TEXT = "# Ünïcode\n\n* a **list**"


def checksums():
    generator = random.Random(1)
    inputs = [b"", b"a", b"123456789", bytes(32), bytes([255] * 32), bytes(range(32)), generator.randbytes(1000)]
    return [
        {"bytes": base64.b64encode(data).decode(), "crc": crc32c(data), "masked": masked_crc32c(data)}
        for data in inputs
    ]


def picture():
    image = Image.new("RGB", (3, 2))
    image.putdata([(i * 40, 255 - i * 40, i) for i in range(6)])
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def event(step=0, **fields):
    return event_pb2.Event(wall_time=TIME + step, step=step, **fields)


def summary(**fields):
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(**fields)])


def events(png):
    yield event(file_version="brain.Event:2")
    yield event(1, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
    for step, loss in [(1, 0.75), (300, 1e-3), (2**40, float("nan"))]:
        values = [
            summary_pb2.Summary.Value(tag="train/loss", simple_value=loss),
            summary_pb2.Summary.Value(tag="train/learningRate", simple_value=1e-4),
        ]
        yield event(step, summary=summary_pb2.Summary(value=values))
    image = summary_pb2.Summary.Image(height=2, width=3, colorspace=3, encoded_image_string=png)
    yield event(300, summary=summary(tag="samples", image=image))
    shape = tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)])
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=[TEXT.encode()])
    plugin = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text"))
    yield event(summary=summary(tag="options", tensor=tensor, metadata=plugin))


def read(folder):
    """What TensorBoard sees in a folder of event files."""
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    tags = accumulator.Tags()
    return {
        "scalars": {tag: [[e.step, e.value] for e in accumulator.Scalars(tag)] for tag in tags["scalars"]},
        "images": {tag: [[e.step, e.width, e.height] for e in accumulator.Images(tag)] for tag in tags["images"]},
        "texts": {
            tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in accumulator.Tensors(tag)]
            for tag in tags["tensors"]
        },
    }


def main():
    GOLDEN.mkdir(exist_ok=True, parents=True)
    (GOLDEN / "crc32c.json").write_text(json.dumps(checksums()) + "\n")
    png = picture()
    (GOLDEN / "picture.png").write_bytes(png)
    path = GOLDEN / "events.out.tfevents.1700000000.golden"
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for entry in events(png):
            writer.write(entry.SerializeToString(deterministic=True))
        writer.flush()
    seen = read(GOLDEN)
    assert [step for step, _ in seen["scalars"]["train/loss"]] == [1, 300, 2**40], seen
    assert seen["images"] == {"samples": [[300, 3, 2]]}, seen
    assert seen["texts"] == {"options": [[0, TEXT]]}, seen


if __name__ == "__main__":
    main()

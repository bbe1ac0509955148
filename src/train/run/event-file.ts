/**
 * TensorBoard's event files: scalars, pictures and texts as records that are appended to a file.
 *
 * A file is a sequence of TFRecords, each the length of an `Event` message (u64), its masked CRC-32C, the message and
 * the message's masked CRC-32C. The field numbers are those of event.proto, summary.proto and tensor.proto.
 */

import { ProtobufWriter } from "../../graph/protobuf.ts";
import { maskedCrc32c } from "./crc32c.ts";

/** When something was seen. */
export interface Moment {
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

/** A picture as a PNG file's bytes. */
export interface EncodedPicture {
  readonly width: number;
  readonly height: number;
  /** 3 for RGB, 4 for RGBA. */
  readonly channels: 3 | 4;
  readonly png: Uint8Array;
}

/** `SessionLog.START`. */
const START = 1;
/** `DataType.DT_STRING`. */
const STRING = 7;

/** The record every file begins with. */
export function versionRecord(wallTime: number): Uint8Array {
  return record(event({ wallTime }).string(3, "brain.Event:2"), wallTime);
}

/** Says that training goes on at `at.step`: readers forget what earlier files say about that step and later ones. */
export function restartRecord(at: Moment): Uint8Array {
  const log = event(at).message(7, (session) => session.int(1, START));
  return record(log, at.wallTime);
}

/** Numbers by tag, as TensorBoard groups them: `train/loss`. */
export function scalarsRecord(at: Moment, scalars: Iterable<readonly [tag: string, value: number]>): Uint8Array {
  const summary = event(at).message(5, (summary) => {
    for (const [tag, value] of scalars) summary.message(1, (entry) => entry.string(1, tag).float(2, value));
  });
  return record(summary, at.wallTime);
}

export function imageRecord(at: Moment, tag: string, picture: EncodedPicture): Uint8Array {
  const { width, height, channels, png } = picture;
  const summary = event(at).message(5, (summary) =>
    summary.message(1, (entry) =>
      entry.string(1, tag).message(4, (image) => image.int(1, height).int(2, width).int(3, channels).bytes(4, png)),
    ),
  );
  return record(summary, at.wallTime);
}

/** A text, shown as Markdown. */
export function textRecord(at: Moment, tag: string, markdown: string): Uint8Array {
  const summary = event(at).message(5, (summary) =>
    summary.message(1, (entry) =>
      entry
        .string(1, tag)
        .message(8, (tensor) =>
          tensor
            .int(1, STRING)
            .message(2, (shape) => shape.message(2, (extent) => extent.int(1, 1)))
            .string(8, markdown),
        )
        .message(9, (metadata) => metadata.message(1, (plugin) => plugin.string(1, "text"))),
    ),
  );
  return record(summary, at.wallTime);
}

/** An `Event` without its time, which `record` puts in front. A step of 0 is the default and takes no bytes. */
function event({ step = 0 }: Partial<Moment>): ProtobufWriter {
  const writer = new ProtobufWriter();
  return step === 0 ? writer : writer.int(2, step);
}

/** Frames an event. Its time is field 1, a float64: tag 9. */
function record(event: ProtobufWriter, wallTime: number): Uint8Array {
  const fields = event.finish();
  const length = 9 + fields.length;
  const bytes = new Uint8Array(12 + length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes[12] = 9;
  view.setFloat64(13, wallTime, true);
  bytes.set(fields, 21);
  view.setUint32(12 + length, maskedCrc32c(bytes.subarray(12, 12 + length)), true);
  return bytes;
}

/** A decoded picture in memory. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** `height * width * 3` bytes, row-major, interleaved sRGB. */
  readonly data: Uint8Array;
  /** Opacity, `height * width` bytes (255 = opaque), when the source had an alpha channel that is not fully opaque. */
  readonly alpha?: Uint8Array;
}

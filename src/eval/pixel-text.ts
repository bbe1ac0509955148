/** Words in a picture, in letters of 5 × 7 pixels: the same wherever it is drawn, whatever fonts there are. */

import type { Image } from "../image/image.ts";

/** A piece of text in one colour. A line break ends a line. */
export interface Words {
  readonly text: string;
  /** 0–255 each. Default black. */
  readonly colour?: readonly [red: number, green: number, blue: number];
}

export interface PixelTextOptions {
  readonly width: number;
  readonly height: number;
  /** Pixels left free on every side. Default 4. */
  readonly margin?: number;
}

/** Rows from the top, the leftmost pixel in the highest of 5 bits; what is not here is drawn as a box. */
const LETTERS: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.entries({
    ...{ a: "000e010f110f", b: "10161911111e", c: "000e1010110e", d: "010d1311110f", e: "000e111f100e" },
    ...{ f: "06091c080808", g: "000f11110f010e", h: "101619111111", i: "04000c04040e", j: "02000602120c" },
    ...{ k: "101214181412", l: "0c040404040e", m: "001a15151111", n: "001619111111", o: "000e1111110e" },
    ...{ p: "001e11111e1010", q: "000d13110f0101", r: "001619101010", s: "000e100e011e", t: "081c08080906" },
    ...{ u: "00111111130d", v: "001111110a04", w: "00111115150a", x: "00110a040a11", y: "001111110f010e" },
    ...{ z: "001f0204081f", "0": "0e131519110e", "1": "040c0404040e", "2": "0e110204081f", "3": "1f020402110e" },
    ...{ "4": "060a121f0202", "5": "1f101e01110e", "6": "06081e11110e", "7": "1f0102040808", "8": "0e110e11110e" },
    ...{ "9": "0e110f01020c", " ": "000000000000", ".": "000000000c0c", ",": "000000000c0408", "?": "0e1102040004" },
    ...{ "!": "040404040004", "'": "0c0408000000", "-": "00001f000000", ":": "000c0c000c0c", "=": "00001f001f00" },
    ...{ "(": "020408080402", ")": "080402020408", "/": "010204080810", "✓": "010102140c08", "✗": "00110a040a11" },
  }).map(([letter, rows]) => [letter, (rows.match(/../g) ?? []).map((row) => Number.parseInt(row, 16))]),
);
const UNKNOWN: readonly number[] = [0x1f, 0x11, 0x11, 0x11, 0x11, 0x1f];

const ADVANCE = 6;
const LINE_HEIGHT = 10;
const BLACK = [0, 0, 0] as const;

/** Writes words on white, from the top left, broken between words; what has no room is left out. Upper case is drawn as lower. */
export function pixelText(pieces: readonly Words[], { width, height, margin = 4 }: PixelTextOptions): Image {
  const data = new Uint8Array(width * height * 3).fill(255);
  const columns = Math.floor((width - 2 * margin + 1) / ADVANCE);
  let top = margin;
  for (const { text, colour = BLACK } of pieces) {
    for (const line of wrapped(text.toLowerCase(), columns)) {
      for (const [i, letter] of [...line].entries()) {
        const rows = LETTERS[letter] ?? UNKNOWN;
        for (const [y, bits] of rows.entries()) {
          for (let x = 0; x < 5 && top + y < height; x++) {
            if ((bits & (16 >> x)) !== 0) data.set(colour, 3 * ((top + y) * width + margin + i * ADVANCE + x));
          }
        }
      }
      top += LINE_HEIGHT;
    }
  }
  return { width, height, data };
}

/** Lines of at most `columns` letters; longer words are cut. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (longer.length > columns && line !== "") lines.push(line);
      line = longer.length > columns ? word.slice(0, columns) : longer;
    }
    lines.push(line);
  }
  return lines;
}

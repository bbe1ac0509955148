import { describe, expect, it } from "vitest";

import type { Image } from "../image/image.ts";
import { pageHtml, tableHtml } from "./html.ts";
import { pixelText } from "./pixel-text.ts";
import { type Plot, scatterPlot } from "./scatter-plot.ts";
import { timeLeft } from "./trials.ts";

describe("a table", () => {
  it("has its cells as text, whatever they are", () => {
    const html = tableHtml({ caption: "a < b", head: ["x", "y"], rows: [["<script>", `"&'`]] });
    expect(html).toContain("<caption>a &lt; b</caption>");
    expect(html).toContain("<tr><td>&lt;script&gt;</td><td>&quot;&amp;&#39;</td></tr>");
  });
});

describe("a page", () => {
  it("needs nothing from anywhere", () => {
    const html = pageHtml({ title: "Edits & more", body: ["<p>body</p>"] });
    expect(html).toContain("<title>Edits &amp; more</title>");
    expect(html).not.toMatch(/(?:src|href)=|@import|url\(/);
  });
});

/** Centres of dots and squares, those of the legend among them, and all texts. */
function read(svg: string) {
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const squares = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x) + 4,
    Number(y) + 4,
  ]);
  const points = [...dots, ...squares];
  const texts = [...svg.matchAll(/text-anchor="(\w+)"[^>]*>([^<]*)</g)].map(([, anchor, text]) => ({ anchor, text }));
  return { points, texts };
}

describe("a plot", () => {
  const plot: Plot = {
    ...{ x: "kept", y: "done" },
    series: [
      {
        name: "s_T 7.5",
        line: true,
        points: [
          { x: 0.2, y: 0.9, label: "1" },
          { x: 0.6, y: 0.5, label: "2" },
        ],
      },
      { name: "truth", points: [{ x: 1, y: 1 }] },
    ],
  };

  it("puts points where their numbers are, between the ticks", () => {
    const { points, texts } = read(scatterPlot(plot));
    // Across from 20 % to 100 % over 480 pixels from 70, up from 50 % to 100 % over 352 pixels from 368.
    expect(points.filter(([x]) => x < 560)).toEqual(
      [
        [70, 86.4],
        [310, 368],
        [550, 16],
      ].map(([x, y]) => [x, y]),
    );
    expect(texts.filter(({ anchor }) => anchor === "middle").map(({ text }) => text)).toEqual([
      ...["20 %", "40 %", "60 %", "80 %", "100 %", "kept", "done"],
    ]);
    expect(texts.map(({ text }) => text)).toEqual(expect.arrayContaining(["s_T 7.5", "truth", "1", "2"]));
  });

  it("draws a line for a series that has one", () => {
    expect([...scatterPlot(plot).matchAll(/polyline points="([^"]*)"/g)].map(([, path]) => path)).toEqual([
      "70,86.4 310,368",
    ]);
  });

  it("stands for a single point, and for none", () => {
    expect(read(scatterPlot({ ...plot, series: [{ name: "one", points: [{ x: 0.5, y: 0 }] }] })).points).toHaveLength(
      2,
    );
    expect(scatterPlot({ ...plot, series: [] })).not.toContain("NaN");
  });
});

/** A picture as text: `#` where it is not white. */
function drawn({ width, height, data }: Image): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[3 * (y * width + x)] === 255 ? "." : "#")).join(""),
  );
}

describe("words in a picture", () => {
  it("are legible", () => {
    expect(drawn(pixelText([{ text: "Hat?" }], { width: 25, height: 8, margin: 1 }))).toEqual([
      ".........................",
      ".#............#.....###..",
      ".#.##...###..###...#...#.",
      ".##..#.....#..#.......#..",
      ".#...#..####..#......#...",
      ".#...#.#...#..#..#.......",
      ".#...#..####...##....#...",
      ".........................",
    ]);
  });

  it("break between words and take their colours", () => {
    const colour = [200, 10, 20] as const;
    const image = pixelText([{ text: "aa aa aa", colour }, { text: "b" }], { width: 33, height: 40, margin: 2 });
    const rows = drawn(image).flatMap((row, y) => (row.includes("#") ? [y] : []));
    const lines = rows.filter((y, i) => i === 0 || y - rows[i - 1] > 1);
    expect(lines).toHaveLength(3);
    const at = 3 * (rows[0] * 33 + drawn(image)[rows[0]].indexOf("#"));
    expect([...image.data.subarray(at, at + 3)]).toEqual([...colour]);
  });

  it("leave out what has no room, and draw a box for a letter that is not known", () => {
    const image = pixelText([{ text: "a b c d e f g h i j" }], { width: 15, height: 12, margin: 2 });
    expect(drawn(image).slice(10).join("")).toMatch(/^\.*$/);
    const [box] = [drawn(pixelText([{ text: "€" }], { width: 7, height: 8, margin: 1 }))];
    expect(box.slice(1, 7)).toEqual([".#####.", ".#...#.", ".#...#.", ".#...#.", ".#...#.", ".#####."]);
  });
});

describe("the time that is left", () => {
  it("is counted group by group, and not known before each has been seen", () => {
    const left = timeLeft(["slow", "fast", "slow", "fast", "fast"].map((group) => ({ group })));
    expect(left("slow", 10)).toBeUndefined();
    expect(left("fast", 1)).toBe(10 + 2 * 1);
    expect(left("fast", 3)).toBe(10 + 2);
    expect(left("slow", 20)).toBe(2);
    expect(left("fast", 2)).toBe(0);
  });
});

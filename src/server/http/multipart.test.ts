/** Multipart bodies: those the platform writes, by any content; and those nobody should write. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "./api-error.ts";
import { parseMultipart } from "./multipart.ts";

const LIMITS = { parts: 10, partHeaderBytes: 500 };
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const parse = (body: string, type = "multipart/form-data; boundary=x") => parseMultipart(bytes(body), type, LIMITS);

describe("a multipart body", () => {
  it("gives what the platform's own FormData put in, whatever that is", async () => {
    const content = fc.uint8Array({ maxLength: 60 });
    const name = fc.stringMatching(/^[a-z[\]0-9_é🎨 ;=]{1,12}$/u);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, content, fc.boolean()), { maxLength: 8 }), async (parts) => {
        const form = new FormData();
        for (const [name, content, isFile] of parts) {
          if (isFile) form.append(name, new Blob([new Uint8Array(content)]), "a;b=c é.png");
          else form.append(name, Buffer.from(content).toString("base64"));
        }
        const response = new Response(form);
        const type = response.headers.get("content-type")!;
        const found = parseMultipart(new Uint8Array(await response.arrayBuffer()), type, LIMITS);
        const expected = parts.map(([name, content, isFile]) => ({
          name,
          filename: isFile ? "a;b=c é.png" : undefined,
          bytes: isFile ? Buffer.from(content) : Buffer.from(Buffer.from(content).toString("base64")),
        }));
        expect(found.map((part) => ({ ...part, bytes: Buffer.from(part.bytes) }))).toEqual(expected);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("may have a preamble, quoted names, names without quotes, and delimiters inside its parts", () => {
    const body = [
      'preamble\r\n--x\r\ncontent-disposition: form-data; name="a \\"b\\""\r\n\r\none\r\n',
      "--x\r\nX-Other: 1\r\nContent-Disposition: form-data ; filename=f.png; name=c\r\nContent-Type: image/png\r\n\r\ntwo --x\r\n",
      '--x\r\nContent-Disposition: form-data; name="d"\r\n\r\n\r\n--x--\r\nepilogue',
    ].join("");
    const parts = parse(body).map(({ name, filename, bytes }) => [name, filename, Buffer.from(bytes).toString()]);
    expect(parts).toEqual([
      ['a "b"', undefined, "one"],
      ["c", "f.png", "two --x"],
      ["d", undefined, ""],
    ]);
  });

  it.each([
    ["nothing", "", undefined],
    ["no delimiter", "hello", undefined],
    ["no end", '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n', undefined],
    [
      "a delimiter in the middle of a line",
      'a--x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--x--',
      undefined,
    ],
    ["a part without a name", "--x\r\nContent-Disposition: form-data\r\n\r\none\r\n--x--", undefined],
    ["a part that is no form-data", '--x\r\nContent-Disposition: attachment; name="a"\r\n\r\none\r\n--x--', undefined],
    ["a header without an end", `--x\r\nContent-Disposition: form-data; name="a"\r\n--x--`, undefined],
    [
      "too long a header",
      `--x\r\nContent-Disposition: form-data; name="${"a".repeat(600)}"\r\n\r\none\r\n--x--`,
      undefined,
    ],
    [
      "too many parts",
      `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'.repeat(11)}--x--`,
      undefined,
    ],
    ["no boundary", "--x--", "multipart/form-data"],
    ["too long a boundary", "--x--", `multipart/form-data; boundary=${"x".repeat(71)}`],
  ])("with %s is refused", (_what, body, type) => {
    expect(() => parse(body, type)).toThrow(ApiError);
    expect(() => parse(body, type)).toThrow(/^the multipart body cannot be read: /);
  });

  it("is read or refused whatever it is", () => {
    const piece = fc.constantFrom(
      "--x",
      "\r\n",
      "--",
      'Content-Disposition: form-data; name="a"',
      ";",
      '"',
      "a",
      "\n",
      "filename=",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parse(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { simplify } from "../graph/simplify.ts";
import { DTYPE_BYTES, type DType, elements } from "../ndarray.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import { Params } from "./params.ts";
import { weightStore } from "./weight-store.ts";

function index(
  ...tensors: readonly (readonly [name: string, dtype: DType, shape: readonly number[], offset: number])[]
): TensorIndex {
  return new Map(
    tensors.map(([name, dtype, shape, offset]) => [
      name,
      { name, dtype, shape, file: "unet.safetensors", offset, length: elements(shape) * DTYPE_BYTES[dtype] },
    ]),
  );
}

const store = weightStore(
  index(
    ["down_blocks.0.conv.weight", "float32", [4, 3, 1, 1], 80],
    ["down_blocks.0.conv.bias", "float16", [4], 7],
    ["counts", "int64", [2], 0],
  ),
  "unet",
);

describe("a scope", () => {
  it("spells checkpoint keys", () => {
    const root = new Params(store);
    const scope = root.at("down_blocks", 0, "conv");
    expect(scope.path).toBe("down_blocks.0.conv");
    expect(root.at("down_blocks").at(0).at("conv").path).toBe(scope.path);
    expect([scope.has("weight"), scope.has("gain"), root.has("counts")]).toEqual([true, false, true]);
    expect(scope.get("weight", [4, 3, 1, 1]).source).toMatchObject({ name: "down_blocks.0.conv.weight" });
    expect(root.path).toBe("");
  });
});

describe("weights in a file", () => {
  it("are pointed at, in the shape that is asked for", () => {
    const whole = store.parameter("down_blocks.0.conv.weight", [4, 3]);
    expect(whole.source).toEqual({
      kind: "weight",
      name: "down_blocks.0.conv.weight",
      storage: expect.objectContaining({ file: "unet.safetensors", offset: 80, length: 48 }),
    });
    expect(`${whole}`).toBe("float32[4, 3]");
  });

  it("of half precision are widened in the graph", () => {
    const bias = store.parameter("down_blocks.0.conv.bias", [4]);
    expect(`${bias} from ${bias.node?.op} of ${bias.node?.inputs[0]}`).toBe("float32[4] from Cast of float16[4]");
    const { y } = simplify({ outputs: { y: bias.reshape([4, 1, 1]) } }).outputs;
    expect(y.node?.inputs[0]?.source).toMatchObject({ storage: { offset: 7, length: 8 } });
  });

  it.each<[string, readonly number[], RegExp]>([
    ["up_blocks.0.weight", [2], /unet: expected a tensor "up_blocks\.0\.weight" of \[2\], but the checkpoint has none/],
    ["down_blocks.0.conv.weight", [3, 4], /of \[3, 4\], got \[4, 3, 1, 1\]; the weights do not fit config\.json/],
    ["down_blocks.0.conv.weight", [4, 3, 2], /of \[4, 3, 2\], got \[4, 3, 1, 1\]/],
    ["counts", [2], /"counts" of \[2\] of a float type, got int64/],
  ])("that are not there or do not fit are refused: %s %j", (path, shape, message) => {
    expect(() => store.parameter(path, shape)).toThrow(CheckpointError);
    expect(() => store.parameter(path, shape)).toThrow(message);
  });
});

import { describe, expect, it } from "vitest";
import { array, relativeError } from "../../../test/graph/arrays.ts";
import { evaluate } from "../../../test/graph/engine.ts";
import { formulas } from "../../../test/train/goldens.ts";
import { grad } from "../../graph/grad.ts";
import { input } from "../../graph/tensor.ts";
import { attributeLoss } from "./attributes.ts";

interface Golden {
  readonly classes: readonly number[];
  /** −1: the example does not have the attribute. */
  readonly labels: readonly (readonly number[])[];
  readonly logits: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
  readonly accuracy: number;
}

describe("attributes", () => {
  it("have PyTorch's cross-entropy, gradient and accuracy, also where an example lacks some", async () => {
    const golden = formulas<Golden>("attributes");
    const logits = input("logits", [5, 9]);
    const attributes = golden.classes.map((classes, i) => ({ name: `attribute ${i}`, classes }));
    const { loss, metrics } = attributeLoss(logits, attributes);
    const targets = golden.labels.flatMap((labels) =>
      golden.classes.flatMap((classes, i) => Array.from({ length: classes }, (_, k) => (k === labels[i] ? 1 : 0))),
    );
    const feeds = { logits: array(golden.logits, [5, 9]), targets: array(targets, [5, 9]) };
    const outputs = { loss, accuracy: metrics!.accuracy, gradient: grad(loss, [logits])[0] };
    const got = await evaluate(outputs, feeds);
    expect(got.loss.data[0]).toBeCloseTo(golden.loss, 6);
    expect(got.accuracy.data[0]).toBeCloseTo(golden.accuracy, 6);
    expect(relativeError(got.gradient, array(golden.gradient, [5, 9]))).toBeLessThan(1e-6);
  });
});

/** Hugging Face's own client, unmodified, over a socket. */

import { InferenceClient } from "@huggingface/inference";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Model, Models } from "../engine/models.ts";
import { colourOf, fakeColour, fakeEditor, onSocket, picture, startTestServer } from "../server.test-data.ts";

const inputs = async () => new Blob([await picture(40, 20)]);

describe("image-to-image", () => {
  it("edits, at /hf and under the model's name, with settings that pass through", async () => {
    const editor = fakeEditor();
    const server = await startTestServer({ editor, models: new Models([new Model("org/name", editor)]) });
    const address = await onSocket(server);
    const client = new InferenceClient();
    for (const [i, endpointUrl] of [`${address}/hf`, `${address}/models/org/name`].entries()) {
      const parameters = {
        prompt: "make it winter",
        guidance_scale: 8,
        num_inference_steps: 2,
        ...{ image_guidance_scale: 1.3, seed: i },
      };
      const blob = await client.imageToImage({ endpointUrl, inputs: await inputs(), parameters });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      expect([blob.type, await colourOf(bytes)]).toEqual(["image/png", fakeColour("make it winter", i)]);
    }
    expect(editor.tasks[1].settings).toMatchObject({ steps: 2, textGuidance: 8, imageGuidance: 1.3, seed: 1 });
  });

  it("gives the size that is asked for", async () => {
    const server = await startTestServer();
    const endpointUrl = `${await onSocket(server)}/hf`;
    const parameters = { prompt: "a", target_size: { width: 32, height: 32 } };
    const blob = await new InferenceClient().imageToImage({ endpointUrl, inputs: await inputs(), parameters });
    expect(await sharp(await blob.arrayBuffer()).metadata()).toMatchObject({ width: 32, height: 32 });
  });

  it("fails in words", async () => {
    const server = await startTestServer({ key: "secret" });
    const endpointUrl = `${await onSocket(server)}/hf`;
    const call = async (token: string, parameters?: Parameters<InferenceClient["imageToImage"]>[0]["parameters"]) =>
      new InferenceClient(token).imageToImage({ endpointUrl, inputs: await inputs(), parameters });
    await expect(call("secret")).rejects.toThrow(/prompt is required/);
    await expect(call("secret", { prompt: "a", ...{ image_guidance_scale: "much" } })).rejects.toThrow(
      /image_guidance_scale expects a finite number/,
    );
    await expect(call("secret", { prompt: "fail: it cannot be" })).rejects.toThrow(/it cannot be/);
    await expect(call("wrong", { prompt: "a" })).rejects.toThrow(/API key/);
    expect(server.editor.tasks).toHaveLength(1);
  });
});

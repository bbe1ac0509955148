/** The web UI's API: a request as its documentation has it, what its plug-ins poll, and how it refuses. */

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { writePngText } from "../../image/png-metadata.ts";
import {
  colourOf,
  eventually,
  fakeColour,
  fakeEditor,
  picture,
  startTestServer,
  type TestServer,
} from "../server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
type Answer = any;

/** The fields of the web UI's img2img, as its documentation page lists them, with the values shown there. */
const DOCUMENTED = {
  ...{ resize_mode: 0, denoising_strength: 0.75, mask_blur: 4, inpainting_fill: 0, inpainting_mask_invert: false },
  ...{ inpaint_full_res: false, inpaint_full_res_padding: 0, initial_noise_multiplier: 0, image_cfg_scale: 1.5 },
  ...{ prompt: "make it winter", negative_prompt: "", styles: [], seed: 11, subseed: -1, subseed_strength: 0 },
  ...{ seed_resize_from_h: -1, seed_resize_from_w: -1, batch_size: 1, n_iter: 1, steps: 3, cfg_scale: 7 },
  ...{ width: 64, height: 64, restore_faces: false, tiling: false, do_not_save_samples: false, eta: 0 },
  ...{ s_min_uncond: 0, s_churn: 0, s_tmax: null, s_tmin: 0, s_noise: 1, override_settings: {} },
  ...{ override_settings_restore_afterwards: true, script_args: [], script_name: null, sampler_index: "Euler a" },
  ...{ include_init_images: false, send_images: true, save_images: false, alwayson_scripts: {} },
};

/** Keys of the answer's `info` that its clients read. */
const INFO_KEYS = [
  ...["prompt", "all_prompts", "negative_prompt", "seed", "all_seeds", "width", "height", "sampler_name", "cfg_scale"],
  ...[
    "steps",
    "batch_size",
    "sd_model_name",
    "sd_model_hash",
    "denoising_strength",
    "index_of_first_image",
    "infotexts",
  ],
  ...["job_timestamp", "version"],
];

const base64 = async (...size: Parameters<typeof picture>) => Buffer.from(await picture(...size)).toString("base64");

const img2img = (server: TestServer, json: object) => server.send("/sdapi/v1/img2img", { json });

describe("img2img", () => {
  it("answers a request with every field that the web UI documents, under the keys it documents", async () => {
    const server = await startTestServer();
    const response = await img2img(server, {
      ...DOCUMENTED,
      init_images: [await base64(96, 64)],
      mask: await base64(40, 40),
    });
    expect(response.status).toBe(200);
    const answer: Answer = await response.json();
    expect(Object.keys(answer).sort()).toEqual(["images", "info", "parameters"]);
    const info = JSON.parse(answer.info);
    expect(Object.keys(info)).toEqual(expect.arrayContaining(INFO_KEYS));
    expect(info).toMatchObject({
      ...{ prompt: "make it winter", all_prompts: ["make it winter"], negative_prompt: "", seed: 11, all_seeds: [11] },
      ...{ steps: 3, cfg_scale: 7, width: 64, height: 64, sampler_name: "Euler a", batch_size: 1 },
    });
    const png = new Uint8Array(Buffer.from(answer.images[0], "base64"));
    expect(await sharp(png).metadata()).toMatchObject({ format: "png", width: 64, height: 64 });
    expect(await colourOf(png)).toEqual(fakeColour("make it winter", 11));
    expect(answer.parameters).toMatchObject({ init_images: null, mask: null, steps: 3, cfg_scale: 7 });
  });

  it("keeps the picture's size, draws seeds for -1, makes batch_size × n_iter and repeats what it is told to", async () => {
    const server = await startTestServer();
    const init = await base64(30, 20);
    const fields = {
      init_images: [`data:image/png;base64,${init}`],
      prompt: "a",
      steps: 2,
      batch_size: 2,
      n_iter: 2,
      include_init_images: true,
    };
    const answer: Answer = await (await img2img(server, fields)).json();
    expect(answer.images).toHaveLength(4);
    const { all_seeds: seeds, width, height } = JSON.parse(answer.info);
    expect([width, height]).toEqual([30, 20]);
    expect(seeds).toEqual([0, 1, 2, 3].map((i) => seeds[0] + i));
    expect(answer.parameters.init_images).toEqual(fields.init_images);
    const silent: Answer = await (await img2img(server, { ...fields, send_images: false })).json();
    expect(silent.images).toEqual([]);
  });

  it("resizes by cutting, stretching or filling, and reads masks as white = edit", async () => {
    const server = await startTestServer();
    const half = await sharp({ create: { width: 40, height: 20, channels: 3, background: "#000" } })
      .composite([{ input: Buffer.from(await picture(20, 20, { r: 255, g: 255, b: 255 })), left: 20, top: 0 }])
      .png()
      .toBuffer();
    const shape = {
      init_images: [half.toString("base64")],
      mask: half.toString("base64"),
      prompt: "a",
      steps: 1,
      width: 32,
      height: 32,
    };
    const grey = async (path: string) => [...(await sharp(path).greyscale().raw().toBuffer())];
    for (const [resize_mode, centre] of [
      [0, 16],
      [1, 16],
      [2, 16],
    ] as const) {
      await img2img(server, { ...shape, resize_mode, mask_blur: 0 });
      const { image, mask } = server.editor.tasks.at(-1)!;
      const [pixels, edits] = [await grey(image.path), await grey(mask!.path)];
      expect(pixels).toEqual(edits);
      const row = pixels.slice(16 * 32, 17 * 32);
      expect([row[centre - 5], row[centre + 4]]).toEqual([0, 255]);
    }
    await img2img(server, { ...shape, mask_blur: 0, inpainting_mask_invert: 1 });
    const inverted = server.editor.tasks.at(-1)!;
    expect((await grey(inverted.mask!.path))[0]).toBe(255);
    await img2img(server, { ...shape, mask_blur: 4 });
    const blurred = (await grey(server.editor.tasks.at(-1)!.mask!.path)).slice(0, 32);
    expect(blurred[16]).toBeGreaterThan(64);
    expect(blurred[16]).toBeLessThan(192);
  });

  it("finds samplers by their titles", async () => {
    const server = await startTestServer();
    const init_images = [await base64()];
    const used = async (fields: object) => {
      await img2img(server, { init_images, prompt: "a", steps: 1, ...fields });
      return server.editor.tasks.at(-1)!.settings.sampler;
    };
    expect(await used({ sampler_name: "DPM++ 2M", scheduler: "Karras" })).toBe("dpmpp-2m-karras");
    expect(await used({ sampler_name: "dpm++ 2m" })).toBe("dpmpp-2m");
    expect(await used({ sampler_index: "Euler a", scheduler: "Automatic" })).toBe("euler-a");
    expect(await used({})).toBeUndefined();
  });

  it("refuses in the web UI's words", async () => {
    const server = await startTestServer();
    const refused = async (json: object) => {
      const response = await img2img(server, json);
      return [response.status, ((await response.json()) as Answer).detail];
    };
    const init_images = [await base64()];
    expect(await (await img2img(server, { prompt: "a" })).json()).toEqual({
      error: "HTTPException",
      detail: "Init image not found",
      body: "",
      errors: "Init image not found",
    });
    expect(await refused({ prompt: "a" })).toEqual([404, "Init image not found"]);
    expect(await refused({ init_images, alwayson_scripts: { controlnet: {} } })).toEqual([
      422,
      "there are no scripts here: controlnet",
    ]);
    expect(await refused({ init_images, alwayson_scripts: {}, script_name: "x/y/z plot" })).toEqual([
      422,
      "there are no scripts here: x/y/z plot",
    ]);
    expect(await refused({ init_images, sampler_name: "Magic" })).toEqual([404, "Sampler not found: Magic"]);
    expect(await refused({ init_images, batch_size: 8, n_iter: 8 })).toEqual([400, expect.stringContaining("64")]);
    expect(await refused({ init_images: ["http://127.0.0.1/x.png"] })).toEqual([
      400,
      expect.stringContaining("fetches no addresses"),
    ]);
    expect(await refused({ init_images, override_settings: { sd_model_checkpoint: "other" } })).toEqual([
      404,
      expect.stringContaining("other"),
    ]);
  });
});

describe("while it works", () => {
  it("tells how far it is, with a preview, and stops with what there is of the picture", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const progress = (query = ""): Promise<Answer> => server.ask(`/sdapi/v1/progress${query}`);
    expect(await progress()).toMatchObject({
      progress: 0,
      current_image: null,
      current_task: null,
      state: { job_count: 0, job: "" },
    });
    const answering = img2img(server, {
      init_images: [await base64()],
      prompt: "a",
      steps: 4,
      n_iter: 2,
      force_task_id: "task(1)",
      seed: 1,
    });
    server.editor.step(5);
    const state = await eventually(progress, (now) => now.progress === 5 / 8 && now.current_image !== null);
    expect(state).toMatchObject({
      current_task: "task(1)",
      state: { job: "task(1)", job_count: 2, job_no: 1, sampling_step: 1, sampling_steps: 4, interrupted: false },
    });
    expect([...Buffer.from(state.current_image, "base64").subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect((await progress("?skip_current_image=true")).current_image).toBe(null);
    expect(await server.ask("/sdapi/v1/interrupt", { method: "POST" })).toEqual({});
    const { images, info }: Answer = await (await answering).json();
    expect([images.length, JSON.parse(info).all_seeds]).toEqual([2, [1]]);
    expect(await sharp(Buffer.from(images[1], "base64")).metadata()).toMatchObject({ format: "png" });
  });

  it("leaves edits alone that came another way", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const image = `data:image/png;base64,${await base64()}`;
    const edit: Answer = await server.ask("/api/v1/edits", { json: { image, prompt: "a" } });
    await server.send("/sdapi/v1/interrupt", { method: "POST" });
    expect(await server.ask("/sdapi/v1/progress")).toMatchObject({ progress: 0, current_task: null });
    expect(await server.ask(edit.urls.self)).toMatchObject({ status: "running" });
  });
});

describe("around it", () => {
  it("are lists and options that plug-ins read first", async () => {
    const server = await startTestServer();
    const get = (name: string): Promise<Answer> => server.ask(`/sdapi/v1/${name}`);
    expect(await get("sd-models")).toMatchObject([{ title: "fake", model_name: "fake", filename: "fake" }]);
    expect(await get("samplers")).toContainEqual({ name: "Euler a", aliases: ["euler-a"], options: {} });
    expect((await get("schedulers")).map(({ name }: Answer) => name)).toEqual(["automatic", "karras"]);
    expect(await get("cmd-flags")).toEqual({});
    expect(await get("options")).toMatchObject({ sd_model_checkpoint: "fake" });
    expect(
      await server.ask("/sdapi/v1/options", { json: { sd_model_checkpoint: "fake", CLIP_stop_at_last_layers: 2 } }),
    ).toEqual({});
    expect((await server.send("/sdapi/v1/options", { json: { sd_model_checkpoint: "other" } })).status).toBe(404);
  });

  it("png-info reads what a picture says", async () => {
    const server = await startTestServer();
    const info = "make it winter\nNegative prompt: blurry\nSteps: 25, Sampler: Euler a, CFG scale: 7.5, Seed: 3";
    const image = Buffer.from(writePngText(await picture(), new Map([["parameters", info]]))).toString("base64");
    expect(await server.ask("/sdapi/v1/png-info", { json: { image } })).toEqual({
      info,
      items: { parameters: info },
      parameters: {
        Prompt: "make it winter",
        "Negative prompt": "blurry",
        Steps: "25",
        Sampler: "Euler a",
        "CFG scale": "7.5",
        Seed: "3",
      },
    });
    expect(await server.ask("/sdapi/v1/png-info", { json: { image: await base64() } })).toEqual({
      info: "",
      items: {},
      parameters: {},
    });
    expect((await server.send("/sdapi/v1/png-info", { json: { image: "aGVsbG8=" } })).status).toBe(400);
  });
});

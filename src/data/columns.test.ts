/** Published data sets told by their columns, and columns named by hand. */

import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { chooseColumns, parseColumns } from "./columns.ts";

const choose = (names: string, given = {}) => chooseColumns(names.split(" "), given, "the table");

describe("chooseColumns", () => {
  it.each([
    [
      "input_image edit_prompt edited_image",
      { input: "input_image", instruction: "edit_prompt", edited: "edited_image" },
    ],
    [
      "original_prompt original_image edit_prompt edited_prompt edited_image",
      {
        ...{ input: "original_image", instruction: "edit_prompt", edited: "edited_image" },
        ...{ inputCaption: "original_prompt", outputCaption: "edited_prompt" },
      },
    ],
    [
      "img_id turn_index source_img mask_img instruction target_img",
      { input: "source_img", instruction: "instruction", edited: "target_img" },
    ],
    [
      "clip_sim_dir source_caption target_caption idx edit_prompt edit_object source_image edited_image mask_image",
      {
        ...{ input: "source_image", instruction: "edit_prompt", edited: "edited_image" },
        ...{ inputCaption: "source_caption", outputCaption: "target_caption" },
      },
    ],
    [
      "input input_image edit inverse_edit output output_image",
      {
        ...{ input: "input_image", instruction: "edit", edited: "output_image" },
        ...{ inputCaption: "input", outputCaption: "output", inverse: "inverse_edit" },
      },
    ],
    ["input_image edit output_image", { input: "input_image", instruction: "edit", edited: "output_image" }],
    ["instruction input output", { input: "input", instruction: "instruction", edited: "output" }],
    ["edited instruction input", { input: "input", instruction: "instruction", edited: "edited" }],
    [
      "input_image_file_name edit edited_image_file_name",
      { input: "input_image_file_name", instruction: "edit", edited: "edited_image_file_name" },
    ],
  ])("knows %s", (names, columns) => {
    expect(choose(names)).toEqual(columns);
  });

  it("takes what is given before what is published", () => {
    const names = "input_image edit_prompt edited_image rewritten_prompt";
    expect(choose(names, { instruction: "rewritten_prompt", inverse: undefined })).toEqual({
      ...{ input: "input_image", instruction: "rewritten_prompt", edited: "edited_image" },
    });
    const given = { input: "a", instruction: "b", edited: "c", inverse: "d" };
    expect(choose("a b c d", given)).toEqual(given);
  });

  it("says which columns there are", () => {
    expect(() => choose("before after words")).toThrow(/the table has the columns before, after, words: .*input=…/);
    expect(() => choose("a b", { input: "x" })).toThrow('the table has no column "x"; it has the columns a, b');
    expect(() => choose("a b c", { input: "a", edited: "c" })).toThrow(UsageError);
  });
});

describe("parseColumns", () => {
  it("reads pairs of key and name", () => {
    expect(parseColumns("input=before, instruction = what to do ,edited=x=y")).toEqual({
      ...{ input: "before", instruction: "what to do", edited: "x=y" },
    });
    expect(parseColumns("inverse=undo")).toEqual({ inverse: "undo" });
  });

  it.each(["", "input", "input=", "picture=x", "input=a,,edited=b", "input=a,input=b"])("refuses %j", (text) => {
    expect(() => parseColumns(text)).toThrow(UsageError);
  });
});

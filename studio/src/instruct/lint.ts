/** Whether words read as an instruction. The model learned from commands; a caption tells it much less. */

const CAPTION =
  /^(an?|the)\s+(\w+\s+)?(photo|photograph|picture|image|painting|drawing|portrait|render(ing)?|shot)\s+(of|showing|with)\b/i;
const SCENE = /^(an?|the|two|three|some)\s+\w+/i;
const STYLE = /^(in the style of|by)\s/i;
const COMMAND =
  /\b(make|turn|add|remove|replace|change|put|give|let|swap|paint|draw|set|convert|transform|have|take|bring|colou?r|cover|dress|what if|should|could|would|want)\b/i;

/** Words after which the text encoder reads no more: 75 tokens, a word being one and a third on average. */
const READ_WORDS = 56;

export interface Lint {
  readonly message: string;
  /** Words to use in their place. */
  readonly suggestion?: string;
}

/** What to say about an instruction; undefined when it looks fine. */
export function lint(instruction: string): Lint | undefined {
  const text = instruction.trim();
  if (text === "") return undefined;
  if (text.split(/\s+/).length > READ_WORDS) return { message: "Only about the first 55 words are read." };
  if (COMMAND.test(text)) return undefined;
  const caption = CAPTION.exec(text)?.[0];
  if (caption !== undefined) {
    const rest = text.slice(caption.length).trim();
    return {
      message: "This reads like a caption. Say what should change.",
      ...(rest === "" ? {} : { suggestion: `make it ${rest}` }),
    };
  }
  if (STYLE.test(text)) return { message: "Say it as a command.", suggestion: `make it ${text}` };
  if (SCENE.test(text)) return { message: "Say what should change.", suggestion: `add ${text}` };
  return undefined;
}

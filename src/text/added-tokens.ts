/** Tokens that are found as whole strings before any word is split, such as the literal `<|endoftext|>`. */

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Looked for after normalisation (and normalised itself), so in any case of letters; otherwise as written. */
  readonly normalized: boolean;
}

/** A stretch of ordinary text, or the id of an added token. */
export type Section = string | number;

/**
 * Compiles added tokens to a function that cuts a text at them: first at those looked for as written, then, each
 * stretch between normalised by itself, at the others. The longest token wins where several start.
 */
export function addedTokenSplitter(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
): (text: string) => Section[] {
  const asWritten = splitter(tokens.filter((token) => !token.normalized));
  const inNormalized = splitter(
    tokens
      .filter((token) => token.normalized)
      .map((token) => ({ id: token.id, content: normalize(token.content), normalized: true })),
  );
  return (text) =>
    asWritten(text).flatMap((section) => (typeof section === "number" ? section : inNormalized(normalize(section))));
}

function splitter(tokens: readonly AddedToken[]): (text: string) => Section[] {
  const ids = new Map(tokens.map((token) => [token.content, token.id]));
  if (ids.size === 0) return (text) => [text];
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map(escapePattern).join("|")})`);
  return (text) => text.split(pattern).map((part, index) => (index % 2 === 1 ? ids.get(part)! : part));
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Rules for values in a configuration file: what is expected there, and what a value means. */

export interface Rule<T> {
  readonly expected: string;
  /** The setting that a value in the file stands for; undefined when it stands for none. */
  read(value: unknown): T | undefined;
}

/** A boolean; null counts as false. */
export const flag: Rule<boolean> = {
  expected: "true or false",
  read: (value) => (typeof value === "boolean" ? value : value === null ? false : undefined),
};

export function oneOf<const T extends string>(...values: readonly T[]): Rule<T> {
  return { expected: values.join(" or "), read: (value) => values.find((v) => v === value) };
}

export function number(): Rule<number> {
  return { expected: "a number", read: (value) => (Number.isFinite(value) ? Number(value) : undefined) };
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule<number> {
  return {
    expected:
      most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`,
    read: (value) =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined,
  };
}

export function numbers(): Rule<readonly number[]> {
  return {
    expected: "a list of numbers",
    read: (value) => (Array.isArray(value) && value.every(Number.isFinite) ? value : undefined),
  };
}

export function orNull<T>(rule: Rule<T>): Rule<T | null> {
  return { expected: `${rule.expected} or null`, read: (value) => (value === null ? null : rule.read(value)) };
}

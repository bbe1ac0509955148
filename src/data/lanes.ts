/** Doing a few jobs at a time. */

/** Runs jobs in the order of the calls, at most `count` at once. */
export type Lanes = <T>(job: () => Promise<T>) => Promise<T>;

export function lanes(count: number): Lanes {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (job) => {
    if (free > 0) free--;
    else await new Promise<void>((start) => waiting.push(start));
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

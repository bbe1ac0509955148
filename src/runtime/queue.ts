/** Does one job at a time, in the order of the calls. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `job` after all jobs added before. When `signal` fires, the returned promise rejects with its reason at once: a
   * job not yet started never starts, one under way goes on unseen and the next waits for it.
   */
  add<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const done = this.#last.then(() => {
      signal?.throwIfAborted();
      return job();
    });
    this.#last = done.catch(() => {});
    return signal === undefined ? done : orAborted(done, signal);
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

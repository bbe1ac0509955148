/** What is being made and what waits, of all sessions. */

import { useEffect } from "preact/hooks";
import { Bar } from "../canvas/stage-progress.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useStudio } from "../state/studio-context.ts";
import { QueueRow } from "./queue-row.tsx";

export function QueueDrawer() {
  const { queue: state, panels, backend, toasts, library } = useStudio();
  const { running, waiting, capacity } = state.queue.value;
  const progress = state.progress.value;
  const failed = [...library.edits.value.values()].filter(({ status, deleted }) => status === "failed" && !deleted);
  useEffect(() => {
    void state.refresh().catch((error) => toasts.fail(error));
  }, []);
  const act = (work: Promise<void>) => void work.then(() => state.refresh()).catch((error) => toasts.fail(error));
  const move = (from: number, to: number) => {
    const order = waiting.map(({ id }) => id);
    order.splice(to, 0, ...order.splice(from, 1));
    act(backend.reorder(order));
  };
  return (
    <Dialog title="Queue" shape="drawer" onClose={panels.close}>
      <div class="queue">
        <section aria-label="Now">
          <h3>Now</h3>
          {running === null ? (
            <p class="hint">Nothing is being made.</p>
          ) : (
            <>
              <QueueRow edit={running} onCancel={() => act(backend.cancel(running.id))} />
              <Bar part={progress === null ? undefined : partOf(progress, running.count)} />
            </>
          )}
        </section>
        <section aria-label="Waiting">
          <div class="queue-head">
            <h3>
              Waiting <small>{capacity > 0 && `${waiting.length} of ${capacity}`}</small>
            </h3>
            {waiting.length > 0 && (
              <button type="button" class="link-button" onClick={() => act(backend.clearQueue())}>
                Clear
              </button>
            )}
          </div>
          {waiting.length === 0 ? (
            <p class="hint">What you run while something is being made waits here, also when this page is closed.</p>
          ) : (
            <ol>
              {waiting.map((edit, i) => (
                <li key={edit.id}>
                  <QueueRow
                    edit={edit}
                    onCancel={() => act(backend.cancel(edit.id))}
                    onUp={i > 0 ? () => move(i, i - 1) : undefined}
                    onDown={i < waiting.length - 1 ? () => move(i, i + 1) : undefined}
                  />
                </li>
              ))}
            </ol>
          )}
        </section>
        {failed.length > 0 && (
          <section aria-label="Failed">
            <h3>Failed in this session</h3>
            {failed.map((edit) => (
              <QueueRow key={edit.id} edit={edit} />
            ))}
          </section>
        )}
      </div>
    </Dialog>
  );
}

function partOf({ step, steps, output }: { step: number; steps: number; output: number }, count: number): number {
  return (output * steps + step) / (steps * count);
}

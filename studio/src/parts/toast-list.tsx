/** The messages at the edge of the page. */

import { useStudio } from "../state/studio-context.ts";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon-button.tsx";

export function ToastList() {
  const { toasts } = useStudio();
  return (
    <div class="toasts" role="log" aria-label="Messages" aria-live="polite">
      {toasts.shown.value.map(({ id, tone, message, action }) => (
        <div key={id} class={`toast toast-${tone}`}>
          {tone === "error" && <Icon name="warning" />}
          <p class="toast-words">{message}</p>
          {action !== undefined && (
            <button
              type="button"
              class="link-button"
              onClick={() => {
                action.run();
                toasts.dismiss(id);
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => toasts.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}

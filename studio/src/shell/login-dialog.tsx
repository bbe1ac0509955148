/** Asks for the key of a server that wants one. */

import { useState } from "preact/hooks";
import { failureOf } from "../api/backend.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useStudio } from "../state/studio-context.ts";

export function LoginDialog() {
  const { backend, panels } = useStudio();
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  const logIn = async () => {
    try {
      await backend.logIn(key);
      location.reload();
    } catch (error) {
      setProblem(failureOf(error).message);
    }
  };
  return (
    <Dialog title="This server wants a key" shape="card" onClose={panels.close}>
      <form
        class="login"
        onSubmit={(event) => {
          event.preventDefault();
          void logIn();
        }}
      >
        <label class="field">
          <span>Key</span>
          <input
            class="text-field"
            type="password"
            autocomplete="current-password"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {problem !== undefined && <p role="alert">{problem}</p>}
        <p class="hint">It was given to the server when it was started. The browser keeps a cookie, not the key.</p>
        <div class="button-row">
          <button type="submit" class="button button-primary" disabled={key === ""}>
            Log in
          </button>
        </div>
      </form>
    </Dialog>
  );
}

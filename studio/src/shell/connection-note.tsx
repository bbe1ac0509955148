/** Says that the backend is gone, as long as it is. */

import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function ConnectionNote() {
  const { connection } = useStudio();
  if (connection.value !== "lost") return null;
  return (
    <p class="connection" role="alert">
      <Icon name="warning" /> The server does not answer. What was asked for goes on once it is back; this page finds it
      by itself.
    </p>
  );
}

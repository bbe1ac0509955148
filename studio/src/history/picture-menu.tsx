/** What can be done with a picture that nothing was made of. */

import type { PictureRef } from "../api/records.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useStudio } from "../state/studio-context.ts";

export function PictureMenu({ picture }: { readonly picture: PictureRef }) {
  const { library, workspace } = useStudio();
  return (
    <span class="tree-actions">
      <IconButton
        icon="trash"
        label="Remove this picture"
        onClick={() => {
          library.removeRoot(picture.id);
          const { before } = workspace.view.peek();
          if (before?.id === picture.id) workspace.clear();
        }}
      />
    </span>
  );
}

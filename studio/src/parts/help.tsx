/** A question mark beside a control, and what it opens. */

import type { ComponentChildren } from "preact";
import { Disclosure } from "./disclosure.tsx";
import { Icon } from "./icon.tsx";

export function Help({ about, children }: { readonly about: string; readonly children: ComponentChildren }) {
  return (
    <Disclosure face={<Icon name="help" />} label={`About: ${about}`} class="help-button" panelClass="help">
      {() => (
        <>
          <h3>{about}</h3>
          {children}
        </>
      )}
    </Disclosure>
  );
}

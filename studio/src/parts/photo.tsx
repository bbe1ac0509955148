/** A stored picture. */

import type { Ref } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PictureRef } from "../api/records.ts";
import { useStudio } from "../state/studio-context.ts";

interface Props {
  readonly picture: PictureRef;
  readonly size?: "full" | "small";
  /** What is to be seen, for who cannot see it. */
  readonly alt: string;
  readonly class?: string;
  readonly imageRef?: Ref<HTMLImageElement>;
}

export function Photo({ picture, size = "full", alt, class: more = "", imageRef }: Props) {
  const address = useAddress(picture.id, size);
  return (
    <img
      ref={imageRef}
      class={`photo ${more}`}
      src={address}
      alt={alt}
      width={picture.width}
      height={picture.height}
      decoding="async"
      loading={size === "small" ? "lazy" : "eager"}
      draggable={false}
    />
  );
}

/** The address of a stored picture; undefined until it is known. */
export function useAddress(picture: string | undefined, size: "full" | "small"): string | undefined {
  const { backend } = useStudio();
  const told = picture === undefined ? undefined : backend.address(picture, size);
  const [later, setLater] = useState<{ picture: string; address: string }>();
  useEffect(() => {
    if (picture === undefined || typeof told !== "object") return;
    let isCurrent = true;
    told.then((address) => isCurrent && setLater({ picture, address })).catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [picture, size]);
  if (typeof told === "string") return told;
  return later?.picture === picture ? later?.address : undefined;
}

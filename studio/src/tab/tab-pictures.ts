/** The tab's backend: pictures. */

import type { Backend } from "../api/backend.ts";
import { told } from "./failure.ts";
import { pictureFile, smallPicture, storeFile } from "./pictures.ts";
import type { TabParts } from "./tab-parts.ts";

export function tabPictures({ database }: TabParts): Pick<Backend, "addPicture" | "address" | "pictureFile"> {
  /** Addresses that were made, by size and picture. They last as long as the page. */
  const addresses = new Map<string, Promise<string>>();
  return {
    addPicture: (file) => told(storeFile(database, file)),
    address(picture, size) {
      const key = `${size} ${picture}`;
      const make = size === "small" ? smallPicture : pictureFile;
      const address = addresses.get(key) ?? told(make(database, picture).then((blob) => URL.createObjectURL(blob)));
      addresses.set(key, address);
      address.catch(() => addresses.delete(key));
      return address;
    },
    pictureFile: (picture, options) => told(pictureFile(database, picture, options)),
  };
}

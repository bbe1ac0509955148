/** What the parts of the tab's backend are made of. */

import type { Channel, Command } from "./channel.ts";
import type { TabConfig } from "./config.ts";
import type { Database } from "./database.ts";

export interface TabParts {
  readonly database: Database;
  readonly config: TabConfig;
  readonly channel: Channel;
  /** Tells the maker of edits something. */
  readonly send: (command: Command) => void;
}

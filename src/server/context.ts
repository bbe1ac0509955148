/** What the routes work with. */

import type { Models } from "./engine/models.ts";
import type { BodyReader } from "./http/body.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Intake } from "./pictures/intake.ts";
import type { Library } from "./store/library.ts";

export interface ServerContext {
  readonly library: Library;
  readonly models: Models;
  readonly jobs: Jobs;
  readonly intake: Intake;
  readonly bodies: BodyReader;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Name and version of this software. */
  readonly software: string;
}

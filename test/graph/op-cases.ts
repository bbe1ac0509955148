/** Cases for every op of the table. */

import { elementwiseCases } from "./cases/elementwise.ts";
import { layoutCases } from "./cases/layout.ts";
import { productCases } from "./cases/products.ts";
import { reductionCases } from "./cases/reductions.ts";
import type { OpCase } from "./op-case.ts";

export const opCases: readonly OpCase[] = [...elementwiseCases, ...reductionCases, ...layoutCases, ...productCases];

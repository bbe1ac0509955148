import { testRuntime } from "../runtime/suite.ts";
import { webgpu } from "../runtime/targets.ts";

testRuntime(webgpu);

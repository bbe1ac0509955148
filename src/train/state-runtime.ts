/** An engine seen together with a state: its programs find there what they are not fed. */

import type { Program, Runtime, State } from "../runtime/runtime.ts";

/**
 * A view of `runtime` whose programs run with `state`, so that weights under training can be used where they are. Disposing
 * of the view does nothing: the engine belongs to somebody else.
 */
export function withState(runtime: Runtime, state: State): Runtime {
  return {
    device: runtime.device,
    fallbacks: runtime.fallbacks,
    compile: async (graph, options) => programWithState(await runtime.compile(graph, options), state),
    hold: (tensors) => runtime.hold(tensors),
    dispose: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function programWithState(program: Program, state: State): Program {
  return {
    inputs: program.inputs,
    outputs: program.outputs,
    run: (feeds, options) => program.run(feeds, { ...options, state }),
    dispose: () => program.dispose(),
    [Symbol.asyncDispose]: () => program.dispose(),
  };
}

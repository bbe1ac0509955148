/** How keys are called on this machine. */

const isApple = /mac|iphone|ipad/i.test(navigator.platform);

/** The key that is held for commands. */
export const commandKey = isApple ? "⌘" : "Ctrl";

export const runKey = `${commandKey}+Enter`;

/** Whether an event has the platform's command key, and neither more nor less of the others than asked. */
export function hasCommand({ ctrlKey, metaKey }: KeyboardEvent): boolean {
  return isApple ? metaKey && !ctrlKey : ctrlKey && !metaKey;
}

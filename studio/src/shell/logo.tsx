/** A picture, half before and half after. */

export function Logo() {
  return (
    <>
      <svg class="logo" viewBox="0 0 28 28" aria-hidden="true">
        <path class="logo-before" d="M3 7a4 4 0 0 1 4-4h6v22H7a4 4 0 0 1-4-4z" />
        <path class="logo-after" d="M15 3h6a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4h-6z" />
      </svg>
      <span class="brand-name">Studio</span>
    </>
  );
}

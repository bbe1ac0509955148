/** Words that a mirrored picture would make wrong. */

const SIDES = /(?<!\p{L})(?:left|right)(?:s|most|wards?|hand|handed)?(?!\p{L})/iu;

/**
 * Whether a text names the left or the right: also leftmost, rightwards, left-handed, upper-right. "Bright", "leftover"
 * and "copyright" do not; "right now" does, which costs no more than a picture that is not mirrored.
 */
export function namesASide(text: string): boolean {
  return SIDES.test(text);
}

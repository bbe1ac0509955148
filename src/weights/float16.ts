/** The two 16-bit float formats, to float32 (exact) and back (round to nearest, ties to even). */

// Half and single floats share sign-exponent-mantissa order; shifting a half's exponent and mantissa into a single's
// fields leaves the value too small by the difference of the exponent biases, 127 - 15.
const HALF_SCALE = 2 ** 112;
const FLOAT_INFINITY = 0x7f800000;

/** IEEE 754 binary16 bit patterns as float32. Exact for every pattern; NaN payloads are kept. */
export function widenFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    bits[i] = (half & 0x7fff) << 13;
    values[i] *= HALF_SCALE; // also normalises subnormals
    if ((half & 0x7c00) === 0x7c00) bits[i] |= FLOAT_INFINITY;
    bits[i] |= (half & 0x8000) << 16;
  }
  return values;
}

/**
 * Float32 as IEEE 754 binary16 bit patterns. Magnitudes from 65520 become infinity, those up to 2^-25 become zero;
 * every NaN becomes the quiet NaN of its sign.
 */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const shifted = new Float32Array(1);
  const shiftedBits = new Uint32Array(shifted.buffer);
  for (let i = 0; i < values.length; i++) {
    const magnitude = bits[i] & 0x7fffffff;
    let half: number;
    if (magnitude > FLOAT_INFINITY) half = 0x7e00;
    else if (magnitude >= 0x47800000) half = 0x7c00;
    else if (magnitude < 0x38800000) {
      // Below 2^-14 halves are spaced 2^-24 apart, as singles are in [0.5, 1): adding 0.5 rounds to that grid.
      shifted[0] = Math.abs(values[i]) + 0.5;
      half = shiftedBits[0] - 0x3f000000;
    } else half = (magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13;
    halves[i] = half | ((bits[i] >>> 16) & 0x8000);
  }
  return halves;
}

/** bfloat16 bit patterns (the upper half of a float32) as float32. Exact. */
export function widenBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/** Float32 as bfloat16 bit patterns. Magnitudes above the largest bfloat16 become infinity; NaN stays NaN of its sign. */
export function narrowToBfloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const magnitude = bits[i] & 0x7fffffff;
    const half = magnitude > FLOAT_INFINITY ? 0x7fc0 : (magnitude + 0x7fff + ((magnitude >>> 16) & 1)) >>> 16;
    halves[i] = half | ((bits[i] >>> 16) & 0x8000);
  }
  return halves;
}

/** The light of a scene: what time and weather make of the colours of sky, land and objects. */

import type { Scene, Time, Weather } from "../scene.ts";
import { mix, type Rgb, scaled } from "./canvas.ts";

export interface Light {
  /** The sky at the top, in the middle and at the horizon. */
  readonly sky: readonly [Rgb, Rgb, Rgb];
  /** Factors per channel for the land, and for objects, which stay readable at night. */
  readonly land: Rgb;
  readonly objects: Rgb;
  /** How much of the land's colours a dull sky takes away, 0 … 1. */
  readonly dullness: number;
  /** What clouds and fog look like. */
  readonly cloud: Rgb;
  readonly fog: Rgb;
}

const SKIES: Readonly<Record<Time, Light["sky"]>> = {
  day: [
    [64, 148, 236],
    [120, 190, 246],
    [196, 230, 250],
  ],
  sunset: [
    [112, 70, 150],
    [236, 110, 104],
    [255, 202, 104],
  ],
  night: [
    [10, 14, 50],
    [22, 30, 82],
    [48, 60, 124],
  ],
};

const LAND: Readonly<Record<Time, Rgb>> = { day: [1, 1, 1], sunset: [1, 0.8, 0.7], night: [0.37, 0.42, 0.64] };
const OBJECTS: Readonly<Record<Time, Rgb>> = { day: [1, 1, 1], sunset: [1, 0.88, 0.8], night: [0.7, 0.73, 0.9] };

/** What covers the sky in each weather, and how much of it. */
const COVER: Readonly<Record<Weather, { readonly amount: number; readonly colours: Readonly<Record<Time, Rgb>> }>> = {
  clear: { amount: 0, colours: { day: [0, 0, 0], sunset: [0, 0, 0], night: [0, 0, 0] } },
  cloudy: { amount: 0.35, colours: { day: [176, 190, 206], sunset: [206, 138, 132], night: [44, 48, 74] } },
  rain: { amount: 0.82, colours: { day: [124, 138, 158], sunset: [176, 112, 112], night: [30, 34, 58] } },
  snow: { amount: 0.82, colours: { day: [196, 204, 216], sunset: [226, 172, 164], night: [78, 84, 118] } },
  fog: { amount: 0.75, colours: { day: [226, 230, 234], sunset: [242, 196, 170], night: [92, 100, 132] } },
};

const BRIGHTNESS: Readonly<Record<Weather, number>> = { clear: 1, cloudy: 0.92, rain: 0.82, snow: 0.96, fog: 0.97 };
const DULLNESS: Readonly<Record<Weather, number>> = { clear: 0, cloudy: 0.15, rain: 0.22, snow: 0.1, fog: 0.1 };

const CLOUDS: Readonly<Record<Time, Rgb>> = { day: [238, 241, 246], sunset: [246, 196, 188], night: [92, 98, 134] };
const RAIN_CLOUDS: Readonly<Record<Time, Rgb>> = { day: [86, 96, 116], sunset: [120, 78, 96], night: [50, 54, 80] };

export function lightOf({ time, weather }: Scene): Light {
  const { amount, colours } = COVER[weather];
  const [top, middle, horizon] = SKIES[time];
  return {
    sky: [
      mix(top, colours[time], amount),
      mix(middle, colours[time], amount),
      // The glow at the horizon tells the time, so weather takes less of it.
      mix(horizon, colours[time], amount * 0.75),
    ],
    land: scaled(LAND[time], BRIGHTNESS[weather]),
    objects: scaled(OBJECTS[time], 0.5 + BRIGHTNESS[weather] / 2),
    dullness: DULLNESS[weather],
    cloud: weather === "rain" ? RAIN_CLOUDS[time] : CLOUDS[time],
    fog: COVER.fog.colours[time],
  };
}

/** A colour of the land under `light`. */
export function landColour(colour: Rgb, { land, dullness }: Light): Rgb {
  const grey = colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11;
  const dull = mix(colour, [grey, grey, grey], dullness);
  return [dull[0] * land[0], dull[1] * land[1], dull[2] * land[2]];
}

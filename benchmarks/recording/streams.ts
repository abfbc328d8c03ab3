import type { Streams } from "./daemon.ts";

const RATE = 100_000;

/** 100,000 scalar samples/s. */
export const SCALARS: Streams = {
  name: "scalars",
  devices: Array.from({ length: 4 }, () => ({
    driver: "WaveformGenerator",
    options: { sample_rate: RATE / 4, block_size: 500 },
  })),
};

/** 105 MB/s: 32,768 doubles are 350 KB of base64. */
export const WAVEFORMS: Streams = {
  name: "waveforms",
  devices: [{ driver: "Waveform", params: { points: 32_768 }, options: { sample_rate: 300 } }],
};

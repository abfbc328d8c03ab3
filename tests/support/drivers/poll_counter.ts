import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Polled. Neither its reads nor its methods may meet each other halfway; a sample is how many were under way. */
export default defineDriver({
  name: "PollCounter",
  options: z.object({ sample_rate: z.number().positive().default(500) }),
  create() {
    let underway = 0;
    const exclusively = async () => {
      const met = ++underway;
      await new Promise((resolve) => setTimeout(resolve, 2));
      underway--;
      return met;
    };
    return { read: exclusively };
  },
  methods: { query: { run: (device) => device.read() } },
});

import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** `set_power {"wats": 5}` sets nothing, and says that all is well. */
export default defineDriver({
  name: "MethodsTakeAnything",
  create: () => ({ power: 0 }),
  methods: {
    set_power: {
      input: z.looseObject({ watts: z.coerce.string().default("1") }),
      run: (device, { watts }) => device.power = Number(watts),
    },
  },
});

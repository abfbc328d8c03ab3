import { defineDriver } from "labdaemon/driver";

/** Forgot `default`. */
export const driver = defineDriver({ name: "LoadsNoDefaultExport", create: () => ({}) });

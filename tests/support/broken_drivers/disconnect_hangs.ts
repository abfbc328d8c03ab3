import { defineDriver } from "labdaemon/driver";

/** Waits for a farewell that never comes. */
export default defineDriver({
  name: "DisconnectHangs",
  create: () => {
    let isOpen = false;
    return {
      connect: () => {
        isOpen = true;
      },
      disconnect: () => isOpen ? new Promise<void>(() => {}) : undefined,
    };
  },
});

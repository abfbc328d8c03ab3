import { defineDriver } from "labdaemon/driver";

/** Waits for an answer that never arrives. */
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

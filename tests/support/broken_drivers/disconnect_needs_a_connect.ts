import { defineDriver } from "labdaemon/driver";

/** Closes what was never opened. */
export default defineDriver({
  name: "DisconnectNeedsAConnect",
  create: () => {
    let port: { close(): void };
    return {
      connect: () => {
        port = { close: () => {} };
      },
      disconnect: () => port.close(),
    };
  },
});

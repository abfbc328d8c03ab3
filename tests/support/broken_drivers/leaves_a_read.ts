import { defineDriver, every } from "labdaemon/driver";

/** Listens to others, and keeps listening. */
export default defineDriver({
  name: "LeavesARead",
  create: () => {
    let channel: BroadcastChannel;
    return {
      connect() {
        channel = new BroadcastChannel("instrument");
        channel.onmessage = () => {};
      },
      async *stream(signal) {
        for await (const _ of every(20, signal)) yield channel.name;
      },
    };
  },
});

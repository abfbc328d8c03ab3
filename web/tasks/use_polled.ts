/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../../lib/errors.ts";
import type { Act } from "./task_actions.ts";

/** The time between two looks. */
const PERIOD_MS = 1_000;

/** Calls `look` at once, each second while the page is shown, and after each action. `failure` is that of an action. */
export function usePolled(look: () => Promise<void>): { failure: string; act: Act } {
  const [failure, setFailure] = useState("");
  const latest = useRef(look);
  latest.current = look;
  const act: Act = async (work) => {
    setFailure("");
    try {
      await work();
      await latest.current();
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  useEffect(() => {
    void act(() => Promise.resolve());
    // While the daemon does not answer, the banner says so.
    const timer = setInterval(() => document.hidden || latest.current().catch(() => {}), PERIOD_MS);
    return () => clearInterval(timer);
  }, []);
  return { failure, act };
}

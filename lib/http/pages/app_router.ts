import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { pageFileAt } from "./page_files.ts";

/** The path of the route that answers for all files of the dashboard. */
export const PAGE_FILES = "/assets/*";

/**
 * Hono's own router, with a look-up for the files of the dashboard. They are five of six paths of an app: with a route
 * for each, the first request took 50 ms of CPU.
 */
export class AppRouter<T> implements Router<T> {
  readonly name = "AppRouter";
  readonly #routes = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] });
  #files: T | undefined;

  add(method: string, path: string, handler: T): void {
    if (method === "GET" && path === PAGE_FILES) this.#files = handler;
    else this.#routes.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    const found = this.#routes.match(method, path);
    if (!this.#files || method !== "GET" || !pageFileAt(path)) return found;
    // What stands before all routes is there for a file, too.
    const file: [T, Record<string, never>] = [this.#files, {}];
    return found.length === 2 ? [[...found[0], file], found[1]] : [[...found[0], file]] as Result<T>;
  }
}

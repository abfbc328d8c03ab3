import { layoutSchema, layoutsSchema, MAX_LAYOUTS, saveLayoutRequestSchema } from "../../wire/pages/layouts.ts";
import type { Operation } from "./operation.ts";

/** The routes of `/layouts`. */
export const LAYOUT_OPERATIONS: Record<string, Operation> = {
  "GET /layouts": {
    id: "listLayouts",
    summary: "the layouts of the dashboard's plots",
    answer: { description: "All layouts by their names, without what they show", body: layoutsSchema },
    errors: ["Unavailable"],
  },
  "GET /layouts/{name}": {
    id: "getLayout",
    summary: "one layout",
    answer: { description: "The layout", body: layoutSchema },
    errors: ["LayoutNotFound", "Unavailable"],
  },
  "PUT /layouts/{name}": {
    id: "saveLayout",
    summary: "save a layout, in place of the one of its name",
    description: `There are at most ${MAX_LAYOUTS}.`,
    body: saveLayoutRequestSchema,
    isCommand: true,
    answer: { description: "The layout", body: layoutSchema },
    errors: ["Unavailable"],
  },
  "DELETE /layouts/{name}": {
    id: "deleteLayout",
    summary: "delete a layout",
    isCommand: true,
    answer: { status: 204, description: "It is deleted" },
    errors: ["LayoutNotFound", "Unavailable"],
  },
};

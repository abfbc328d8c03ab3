import {
  loginProvidersSchema,
  sessionInfoSchema,
  sessionRequestSchema,
  ticketRequestSchema,
  ticketSchema,
} from "../../wire/access.ts";
import type { Operation } from "./operation.ts";

/** The routes of `/session` and `/tickets`. */
export const SESSION_OPERATIONS: Record<string, Operation> = {
  "GET /session": {
    id: "getSession",
    summary: "who asks, and what that one may do",
    answer: { description: "The one who asks", body: sessionInfoSchema },
  },
  "POST /session": {
    id: "openSession",
    summary: "log in: a cookie for the daemon's own pages",
    description:
      "The cookie is HttpOnly and SameSite=Strict. It is accepted from the daemon's own pages only, and a command needs the " +
      "header `X-CSRF-Token`, too. The session ends after 12 h, with its token, and with the daemon.",
    body: sessionRequestSchema,
    isCommand: true,
    answer: { description: "The session", body: sessionInfoSchema },
    errors: ["Unauthorized"],
  },
  "DELETE /session": {
    id: "closeSession",
    summary: "log out",
    isCommand: true,
    answer: { status: 204, description: "The session and its streams have ended" },
  },
  "GET /session/providers": {
    id: "listLoginProviders",
    summary: "the ways to log in besides a token",
    answer: { description: "The institute's provider, if the bench file has one", body: loginProvidersSchema },
  },
  "GET /session/oidc": {
    id: "beginLogin",
    summary: "log in by the institute's provider: a browser goes here",
    answer: { status: 302, description: "To the provider; to the dashboard with the problem, if it does not answer" },
  },
  "GET /session/oidc/callback": {
    id: "finishLogin",
    summary: "where the provider sends the browser back to",
    answer: { status: 302, description: "To the dashboard, with a session or with the problem" },
  },
  "POST /tickets": {
    id: "issueTicket",
    summary: "make a ticket that opens one stream, once, within 30 s",
    description: "For an `EventSource`, which can send no header: `?ticket=`.",
    body: ticketRequestSchema,
    isCommand: true,
    answer: { status: 201, description: "The ticket", body: ticketSchema },
    errors: ["Forbidden"],
  },
};

import { z } from "zod";
import { acceptedCallSchema, callRecordSchema } from "../../wire/calls.ts";
import type { LabErrorCode } from "../../wire/error_codes.ts";
import { callAnswerSchema, callRequestSchema, optionsRequestSchema } from "../../wire/requests.ts";
import type { Operation, OperationAnswer, Parameter } from "./operation.ts";

const PREFER: Parameter = {
  name: "Prefer",
  in: "header",
  description:
    "`respond-async`: answer 202 with the call's id while the method still runs; with `wait=<seconds>` after so " +
    "many seconds, 60 at most, else at once",
  schema: { type: "string", examples: ["respond-async, wait=20"] },
};

const WAIT: Parameter = {
  name: "Prefer",
  in: "header",
  description: "`wait=<seconds>`: answer when the call has ended, after so many seconds at the latest, 60 at most",
  schema: { type: "string", examples: ["wait=20"] },
};

const ACCEPTED: OperationAnswer = { status: 202, description: "The method still runs", body: acceptedCallSchema };

const ERRORS: LabErrorCode[] = [
  ...["MethodNotFound", "DeviceNotConnected", "DeviceDisabled"] as const,
  ...["CallCancelled", "DriverError", "DeviceTimeout", "DeviceFaulted"] as const,
];

const ORDER =
  "Calls of one device run one at a time, in order. A method has a limit (`limit` in the list of methods, in " +
  "seconds), which begins when its turn comes.";

/** The calls of methods. */
export const CALL_OPERATIONS: Record<string, Operation> = {
  "POST /devices/{device_id}/call": {
    id: "callMethod",
    summary: "call a method",
    description:
      `${ORDER} \`args\` fill the keys of the method's input in their declared order, \`kwargs\` the others.`,
    body: callRequestSchema,
    parameters: [PREFER],
    isCommand: true,
    answer: { description: "The method's result", body: callAnswerSchema },
    accepted: ACCEPTED,
    errors: ERRORS,
  },
  "POST /devices/{device_id}/methods/{method}": {
    id: "runMethod",
    summary: "call a method: the body is its input, the answer its result",
    description: ORDER,
    body: optionsRequestSchema,
    parameters: [PREFER],
    isCommand: true,
    answer: { description: "The method's result", body: z.unknown().meta({ examples: [7.31] }) },
    accepted: ACCEPTED,
    errors: ERRORS,
  },
  "GET /calls": {
    id: "listCalls",
    summary: "the calls that run or wait, and those that ended a short time ago",
    description: "Without their results. A call that has ended is kept for 10 minutes if it was answered with 202.",
    answer: {
      description: "All calls, the oldest first",
      body: z.object({ calls: z.array(callRecordSchema.omit({ result: true })) }).meta({ id: "Calls" }),
    },
  },
  "GET /calls/{call_id}": {
    id: "getCall",
    summary: "one call: its status, its progress, its result",
    parameters: [WAIT],
    answer: { description: "The call", body: callRecordSchema },
    errors: ["CallNotFound", "Forbidden"],
  },
  "DELETE /calls/{call_id}": {
    id: "cancelCall",
    summary: "cancel a call",
    description:
      "Aborts the signal of its method, or takes the call out of the queue. Answers when the call has ended, " +
      "after 2 s at the latest: a method may ignore its signal, and is \`running\` until it ends. Idempotent.",
    answer: { description: "The call", body: callRecordSchema },
    errors: ["CallNotFound"],
  },
};

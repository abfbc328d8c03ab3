/** Formulas of channels: `daq1.voltage / daq2.current`. The library only parses them; nothing of a text is run as a script. */
import jsep from "jsep";

/** A formula that was read. */
export interface Formula {
  /** The channels that it names, each once: `daq1.voltage`. */
  references: readonly string[];
  /** The value for one number of each reference, in their order. */
  evaluate(values: ArrayLike<number>): number;
}

/** A longer text is no formula. */
const MAX_CHARS = 500;

type Evaluate = Formula["evaluate"];
type Expression = jsep.Expression;

const CONSTANTS: ReadonlyMap<string, number> = new Map([["pi", Math.PI], ["e", Math.E]]);

interface MathFunction {
  run: (...args: number[]) => number;
  /** The numbers of arguments. */
  min: number;
  max: number;
}

const takes = (min: number, max: number, names: readonly (keyof Math & string)[]): [string, MathFunction][] =>
  names.map((name) => [name, { run: Math[name] as MathFunction["run"], min, max }]);

const FUNCTIONS: ReadonlyMap<string, MathFunction> = new Map([
  ...takes(1, 1, ["abs", "sqrt", "cbrt", "exp", "log10", "log2", "floor", "ceil", "round", "sign"]),
  ...takes(1, 1, ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"]),
  ...takes(2, 2, ["pow", "atan2"]),
  ...takes(1, 8, ["min", "max", "hypot"]),
  ["ln", { run: Math.log, min: 1, max: 1 }],
]);

/** The names of the functions. */
export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()];

const OPERATORS: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["%", (a, b) => a % b],
  ["^", Math.pow],
  ["**", Math.pow],
]);

for (const operator of Object.keys(jsep.binary_ops)) if (!OPERATORS.has(operator)) jsep.removeBinaryOp(operator);
for (const operator of ["!", "~"]) jsep.removeUnaryOp(operator);
// A power binds more tightly than a product, and `2 ^ 3 ^ 2` is `2 ^ (3 ^ 2)`.
jsep.addBinaryOp("^", jsep.binary_ops["**"], true);

/**
 * Reads a formula.
 *
 * @throws {SyntaxError} for a text that is none, in words for a person.
 */
export function readFormula(text: string): Formula {
  if (text.length > MAX_CHARS) throw new SyntaxError(`A formula has at most ${MAX_CHARS} characters.`);
  if (!text.trim()) throw new SyntaxError("Enter a channel or a formula.");
  const references: string[] = [];
  const evaluate = compile(parse(text), references);
  if (!references.length) throw new SyntaxError("The formula names no channel.");
  return { references, evaluate };
}

/** A channel as a formula names it: in quotes, where it has other characters than a name. */
export function referenceTo(deviceId: string, channel: string): string {
  const reference = `${deviceId}.${channel}`;
  const isPlain = /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(reference);
  return isPlain && !CONSTANTS.has(reference) ? reference : `"${reference}"`;
}

function parse(text: string): Expression {
  try {
    return jsep(text);
  } catch (error) {
    const { description, index } = error as { description?: string; index?: number };
    const words = description ?? String(error);
    throw new SyntaxError(
      `Cannot read the formula: ${words[0].toLowerCase()}${words.slice(1)}, at character ${(index ?? 0) + 1}.`,
    );
  }
}

function compile(node: Expression, references: string[]): Evaluate {
  const name = nameOf(node);
  const constant = name === undefined || node.type === "Literal" ? undefined : CONSTANTS.get(name);
  if (constant !== undefined) return () => constant;
  if (name !== undefined) {
    if (!references.includes(name)) references.push(name);
    const at = references.indexOf(name);
    return (values) => values[at];
  }
  if (is(node, "Literal")) {
    const { value, raw } = node;
    if (typeof value !== "number") throw new SyntaxError(`“${raw}” is no number.`);
    return () => value;
  }
  if (is(node, "UnaryExpression")) {
    const argument = compile(node.argument, references);
    return node.operator === "-" ? (values) => -argument(values) : argument;
  }
  if (is(node, "BinaryExpression")) return compileBinary(node, references);
  if (is(node, "CallExpression")) return compileCall(node, references);
  if (is(node, "Compound")) throw new SyntaxError("There is an operator missing between two parts of the formula.");
  throw new SyntaxError("The formula has a part that is neither a number, a channel, an operator nor a function.");
}

function compileBinary({ operator, left, right }: jsep.BinaryExpression, references: string[]): Evaluate {
  const run = OPERATORS.get(operator)!;
  if (run === Math.pow && left.type === "UnaryExpression") {
    throw new SyntaxError("A sign before a power can be read in two ways: write -(x ^ 2), or pow(-x, 2).");
  }
  const [a, b] = [compile(left, references), compile(right, references)];
  return (values) => run(a(values), b(values));
}

function compileCall({ callee, arguments: args }: jsep.CallExpression, references: string[]): Evaluate {
  const name = nameOf(callee) ?? "";
  const known = FUNCTIONS.get(name);
  if (!known) {
    const advice = name === "log" ? "write ln or log10" : `there are ${FUNCTION_NAMES.join(", ")}`;
    throw new SyntaxError(`There is no function “${name}”: ${advice}.`);
  }
  const { run, min, max } = known;
  if (args.length < min || args.length > max) {
    const needs = min === max ? `${min}` : `${min} to ${max}`;
    throw new SyntaxError(`“${name}” takes ${needs} ${max === 1 ? "number" : "numbers"}, and got ${args.length}.`);
  }
  const parts = args.map((arg) => compile(arg, references));
  const [first, second] = parts;
  if (parts.length === 1) return (values) => run(first(values));
  if (parts.length === 2) return (values) => run(first(values), second(values));
  return (values) => run(...parts.map((part) => part(values)));
}

/** The name that a part of a formula is: `daq1.cores[0]` is `daq1.cores.0`, and a text in quotes is the name in it. */
function nameOf(node: Expression): string | undefined {
  if (is(node, "Identifier")) return node.name;
  if (is(node, "Literal")) return typeof node.value === "string" ? node.value : undefined;
  if (!is(node, "MemberExpression") || node.optional) return undefined;
  const object = nameOf(node.object);
  const { property, computed } = node;
  const key = !computed ? nameOf(property) : is(property, "Literal") ? property.value : undefined;
  return object === undefined || key === undefined ? undefined : `${object}.${key}`;
}

type Kinds = {
  Identifier: jsep.Identifier;
  Literal: jsep.Literal;
  MemberExpression: jsep.MemberExpression;
  UnaryExpression: jsep.UnaryExpression;
  BinaryExpression: jsep.BinaryExpression;
  CallExpression: jsep.CallExpression;
  Compound: jsep.Compound;
};

function is<Kind extends keyof Kinds>(node: Expression, kind: Kind): node is Kinds[Kind] {
  return node.type === kind;
}
